"""The languages in which the page can be told."""

ENGLISH = "en"
LANGUAGES = (ENGLISH, "zh-TW")
