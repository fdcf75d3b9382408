"""Command lines name the variables that the target file names."""

from pathlib import Path

from conformance.target import variables, variables_of_url


def test_what_the_file_names_is_used_and_the_rest_is_suggested(tmp_path: Path) -> None:
    path = tmp_path / "t.toml"
    path.write_text(
        '[accounts.primary]\nkey = "env:STAGING_KEY"\ncookie = "sid=1"\n[accounts.other]\nkey = "env:no-name"\n'
        'cookie = "env:THEIRS"\n'
    )
    found = variables(path)

    assert (found["primary"], found["primary-cookie"]) == ("STAGING_KEY", "GIMG_COOKIE")
    assert (found["other"], found["other-cookie"]) == ("GIMG_OTHER_KEY", "THEIRS")
    assert (found["metered"], found["burner-cookie"]) == ("GIMG_METERED_KEY", "GIMG_BURNER_COOKIE")


def test_a_file_that_is_no_target_file_names_none(tmp_path: Path) -> None:
    path = tmp_path / "t.toml"

    assert variables(path)["primary"] == "GIMG_KEY"
    for text in ("[", "accounts = 3", "[accounts]\nprimary = 3", "[accounts.primary]\nkey = 3"):
        path.write_text(text)
        assert variables(path)["primary"] == "GIMG_KEY"


def test_the_key_of_a_url_is_where_the_option_says() -> None:
    assert variables_of_url("env:STAGING")["primary"] == "STAGING"
    assert variables_of_url("gimg_literal")["primary"] == variables_of_url("")["primary"] == "GIMG_API_KEY"
