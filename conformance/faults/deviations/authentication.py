"""Servers that let in what they should not, or refuse it in the wrong way."""

from base64 import b64decode
from collections.abc import Callable
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qsl

from conformance.faults.catalogue import breaks
from conformance.faults.verbs import (
    ACCEPTED,
    ANY,
    NOT_FOUND,
    PRESIGNED,
    Proper,
    answer,
    around,
    authorization_of,
    becomes,
    late,
    on_response,
    on_result,
    refusal,
    without_headers,
)
from conformance.reference import Service
from conformance.reference.request import Request
from conformance.reference.response import Response

Find = Callable[[Request, str], str | None]
"""From the request and its Authorization header to the key that it shall stand for; None: as it is."""
SCHEME, PREFIX = "Bearer ", "gimg_"
UNAUTHORIZED = "The API key is missing or invalid."
KEY = len(SCHEME)
"""Where the key begins in the header."""


def _reads(service: Service, find: Find) -> None:
    """Authenticate by what `find` makes of the header, before the proper way is tried."""
    around(
        service.parts.authenticator,
        "token",
        lambda token, request: find(request, authorization_of(request)) or token(request),
    )


def _any_key(service: Service) -> str:
    return service.parts.accounts["primary"].key


def _key(service: Service, matches: Callable[[str], bool]) -> str | None:
    """The first of the real keys for which this holds."""
    return next((key for key in service.parts.authenticator.by_key if matches(key)), None)


def _well_formed(service: Service, header: str) -> bool:
    return header.startswith(SCHEME + PREFIX) and len(header) == KEY + len(_any_key(service))


def _reads_on(service: Service, route: str, find: Find) -> None:
    """One route has code of its own that authenticates."""
    _reads(service, lambda request, header: find(request, header) if request.route == route else None)


def _empty(service: Service) -> Find:
    """An empty header stands for anybody's key."""
    return lambda request, _: _any_key(service) if request.all("authorization") == [""] else None


def _bare(_: Request, header: str) -> str | None:
    """The header is the key."""
    return header if header.startswith(PREFIX) else None


def _prefixed(_: Request, header: str) -> str | None:
    """A token gets the prefix that it lacks."""
    return PREFIX + header[KEY:] if header.startswith(SCHEME) and not header.startswith(f"{SCHEME}g") else None


def _unknown(service: Service) -> Find:
    """A well-formed key that nobody has stands for anybody's."""
    known = service.parts.authenticator.by_key
    return lambda _, header: _any_key(service) if _well_formed(service, header) and header[KEY:] not in known else None


def _beginning(service: Service) -> Find:
    """The beginning of a key stands for the whole."""
    return lambda _, header: _key(service, lambda key: len(header) > KEY + len(PREFIX) and key.startswith(header[KEY:]))


def _cut_off(service: Service) -> Find:
    """What follows a key is ignored."""
    end = KEY + len(_any_key(service))
    return lambda _, header: header[KEY:end] if len(header) > end else None


def _any_case(service: Service) -> Find:
    """A key is found whatever the case of its letters."""
    return lambda _, header: _key(service, lambda key: key.lower() == header[KEY:].lower())


def _refuses(service: Service, status: int, to: Callable[[Request], object]) -> None:
    """These requests are answered with another status than 401."""
    on_response(service, answer(ANY, 401, to=to), becomes(refusal(status, UNAUTHORIZED)))


@breaks("AUTH-1", along=("operation",))
def polling_needs_no_key(service: Service) -> None:
    """One route is left out of the middleware: whoever learns an id reads other people's images."""
    _reads(
        service,
        lambda request, _: (
            _any_key(service) if request.route == "generation" and not request.all("authorization") else None
        ),
    )


@breaks("AUTH-1", also={"HOOK-6": "a missing session is as well"})
def a_missing_key_is_a_bad_request(service: Service) -> None:
    """The header is validated as a field of the request: clients that refresh their key on a 401 never do."""
    _refuses(service, 400, lambda request: not request.all("authorization"))


@breaks("AUTH-1", along=("operation",))
def a_missing_key_is_forbidden_on_upload(service: Service) -> None:
    """Uploads stand behind another gateway: clients that sign in again on a 401 get a 403 there."""
    _refuses(service, 403, lambda request: request.route == "upload" and not request.all("authorization"))


def _alone(request: Request) -> bool:
    """The scheme, and no token behind it."""
    return authorization_of(request).strip() == SCHEME.strip()


@breaks("AUTH-1")
def a_scheme_without_a_token_is_let_in(service: Service) -> None:
    """An empty token is found in a table of unset keys: everybody generates at somebody's expense."""
    _reads(service, lambda request, _: _any_key(service) if _alone(request) else None)


@breaks("AUTH-1")
def a_scheme_without_a_token_is_a_bad_request(service: Service) -> None:
    """The header is split in two before it is looked at: clients without a key look for it in the body."""
    _refuses(service, 400, _alone)


@breaks("AUTH-1", "API-2")
def a_scheme_without_a_token_is_an_exception(service: Service) -> None:
    """The second word of the header is used without a look whether there is one: anybody can page the operators."""
    _refuses(service, 500, _alone)


@breaks("AUTH-1", along=("operation",))
def a_scheme_without_a_token_polls(service: Service) -> None:
    """One route compares tokens with an unset variable: whoever learns an id reads other people's images."""
    _reads(service, lambda request, _: _any_key(service) if _alone(request) and request.route == "generation" else None)


@breaks("AUTH-1", along=("operation",))
def a_scheme_without_a_token_is_never_answered(service: Service) -> None:
    """The callback for a missing token is never called on one route: clients wait until their own time is up."""
    on_response(service, answer("generation", 401, to=_alone), late(60))


@breaks("AUTH-1")
def a_key_is_taken_from_the_query(service: Service) -> None:
    """The library looks for the token in three places: live keys stand in the logs of every proxy."""
    _reads(service, lambda request, _: dict(parse_qsl(request.query)).get("access_token"))


@breaks("AUTH-1")
def a_key_is_taken_from_another_header(service: Service) -> None:
    """The older API's header is still read: gateways that hide Authorization write the other one into their logs."""
    _reads(service, lambda request, _: request.header("x-api-key"))


@breaks("AUTH-1")
def a_session_is_as_good_as_a_key(service: Service) -> None:
    """The dashboard's middleware stands before the API: any page that the customer opens can generate for him."""
    _reads(service, lambda request, _: _key_of_session(service, request) if request.route != "webhooks" else None)


def _key_of_session(service: Service, request: Request) -> str | None:
    session = service.parts.sessions.session(request) or ""
    account = service.parts.sessions.by_session.get(session)
    return account.key if account else None


@breaks("AUTH-6", along=("operation",))
def a_wildcard_is_a_key(service: Service) -> None:
    """Keys are looked up with LIKE: a per cent sign is everybody's key."""
    _reads(service, lambda _, header: _any_key(service) if header == f"{SCHEME}{PREFIX}%" else None)


@breaks("AUTH-6", along=("operation",))
def any_character_will_do(service: Service) -> None:
    """Keys are looked up with LIKE: an underscore stands for the character that somebody does not know."""
    _reads(
        service,
        lambda _, header: _key(service, lambda key: header.endswith("_") and key[:-1] == header[KEY:-1]),
    )


@breaks("AUTH-7")
def the_prefix_alone_is_let_in(service: Service) -> None:
    """Keys are looked up by LIKE: the beginning that all of them share finds the first customer."""
    _reads(service, lambda _, header: _any_key(service) if header == SCHEME + PREFIX else None)


def _counted_by(service: Service, mark: Callable[[Request], str]) -> None:
    """The quota is that of a key and of what a request says of itself."""
    on_result(service.parts.limiter, "subject", lambda key, request: f"{key} {mark(request)}".strip())


@breaks("RATE-10")
def the_quota_is_counted_by_a_forwarded_address(service: Service) -> None:
    """The address is taken from a header that anybody can write: whoever changes it has any number of quotas."""
    _counted_by(service, lambda request: request.header("x-forwarded-for") or "")


@breaks("RATE-10")
def the_quota_is_counted_by_the_client(service: Service) -> None:
    """The counter's key has the User-Agent in it: whoever changes it has any number of quotas."""
    _counted_by(service, lambda request: "" if (request.header("user-agent") or "").startswith("gimg") else "another")


@breaks("RATE-10")
def the_quota_is_counted_by_a_cookie(service: Service) -> None:
    """The counter is kept in the session: whoever drops the cookie has any number of quotas."""
    _counted_by(service, lambda request: request.header("cookie") or "")


@breaks("RATE-9")
def calls_of_a_trusted_proxy_do_not_count(service: Service) -> None:
    """The operators' own addresses are exempt, and read from a header: whoever writes it has no limit at all."""
    limiter = service.parts.limiter

    def slot(proper: Proper, request: Request) -> Any:
        limiter.window(request).used -= request.header("x-real-ip") == "10.0.0.7"
        return proper(request)

    around(limiter, "slot", slot)


@breaks("AUTH-1", along=("cached",))
def a_finished_record_is_cached_for_everybody(service: Service) -> None:
    """What cannot change is cached in front of authentication, by its path: whoever learns an id sees the images."""
    finished = dict[str, Response]()

    def cached(request: Request, response: Response) -> Response:
        if response.status == 200 and b'"succeeded"' in response.body:
            finished[request.path] = response
        strangers = response.status == 401 and not request.all("authorization")
        return finished.get(request.path, response) if strangers else response

    on_response(service, answer("generation"), cached)


@breaks("AUTH-2")
def an_empty_key_is_an_anonymous_customer(service: Service) -> None:
    """An empty header falls back to a default account: free images for everybody, at one customer's expense."""
    _reads(service, _empty(service))


@breaks("AUTH-3")
def basic_is_as_good_as_bearer(service: Service) -> None:
    """The library decodes any scheme it knows: security scanners report it, and proxies log Basic credentials."""
    _reads(
        service,
        lambda _, header: b64decode(header[6:]).decode("latin-1").rstrip(":") if header.startswith("Basic ") else None,
    )


@breaks("AUTH-3", along=("operation",))
def any_scheme_will_do_for_polling(service: Service) -> None:
    """The last word of the header is taken for the key on one route: clients rely on schemes that fail elsewhere."""
    _reads(
        service,
        lambda request, header: header.rpartition(" ")[2] if request.route == "generation" and " " in header else None,
    )


@breaks("AUTH-3")
def a_scheme_without_a_blank_is_let_in(service: Service) -> None:
    """Bearer is cut off and blanks are trimmed, in this order: clients that forget one work until the next gateway."""
    glued = SCHEME.rstrip() + PREFIX
    _reads(service, lambda _, header: header[KEY - 1 :] if header.startswith(glued) else None)


@breaks("AUTH-4")
def a_bare_key_is_let_in(service: Service) -> None:
    """The scheme is stripped if it is there: clients come to omit it, and break with the next gateway."""
    _reads(service, _bare)


@breaks("AUTH-5")
def the_prefix_is_optional(service: Service) -> None:
    """The prefix is added where it is missing: secret scanners look for gimg_ and miss leaked keys."""
    _reads(service, _prefixed)


@breaks("AUTH-6")
def any_well_formed_key_is_let_in(service: Service) -> None:
    """Only the form of a key is checked: everybody generates at somebody's expense."""
    _reads(service, _unknown(service))


@breaks("AUTH-6")
def an_unknown_key_is_answered_404(service: Service) -> None:
    """The look-up of a key fails as that of any other row: clients take it for an unknown generation."""
    _refuses(service, 404, lambda request: _well_formed(service, authorization_of(request)))


@breaks("AUTH-6", "AUTH-8", "AUTH-7")
def only_the_first_twenty_characters_count(service: Service) -> None:
    """Keys are looked up by an index of their beginning and never compared: leaked halves of keys open accounts."""
    _reads(service, lambda _, header: _key(service, lambda key: header[KEY : KEY + 20] == key[:20]))


@breaks("AUTH-7")
def the_beginning_of_a_key_is_enough(service: Service) -> None:
    """The comparison stops where the shorter string ends: keys can be guessed a character at a time."""
    _reads(service, _beginning(service))


@breaks("AUTH-8")
def what_follows_the_key_is_ignored(service: Service) -> None:
    """Only as many characters as a key has are compared: clients that append something work here and nowhere else."""
    _reads(service, _cut_off(service))


@breaks("AUTH-9", along=("operation",))
def the_body_is_judged_before_the_key(service: Service) -> None:
    """Validation stands before authentication: strangers map the API without a key."""

    async def change(request: Request, response: Response) -> Response:
        body = request.body or await request.read(service.parts.rules.body_bytes_max)
        return response if b"prompt" in body else refusal(400, "prompt: required")

    on_response(service, answer("generate", 401, to=lambda request: request.method == "POST"), change)


@breaks("AUTH-10", "API-2")
def a_huge_key_breaks_the_look_up(service: Service) -> None:
    """The column is too narrow and the database's error is not caught: anybody can page the operators."""
    _refuses(service, 500, lambda request: len(authorization_of(request)) > 1000)


@breaks("AUTH-10", also={"API-4": "a redirect is no documented status"})
def a_huge_key_is_sent_to_the_login(service: Service) -> None:
    """The dashboard's middleware stands before the API: clients get a redirect to HTML."""
    login = Response(302, (("Location", "/login"),))
    on_response(service, answer(ANY, 401, to=lambda request: len(authorization_of(request)) > 1000), becomes(login))


@breaks(
    "AUTH-11",
    also={
        "UP-1": "a valid upload is not answered 200 then",
        "UP-5": "the same",
        "UP-6": "the same",
        "UP-7": "the same",
        "UP-13": "the same",
        "UP-17": "the same",
        "RATE-20": "nor are uploads served after others",
    },
)
def uploads_know_no_keys(service: Service) -> None:
    """The storage team's service is not connected to the key store: every upload is 401."""
    on_response(service, PRESIGNED, _unauthorized(service))


def _unauthorized(service: Service) -> Callable[[Request, Response], Response]:
    """401 as for a stranger."""
    return lambda request, response: refusal(401, headers=(("WWW-Authenticate", "Bearer"),)).with_headers(
        service.parts.limiter.untouched()
    )


@breaks("AUTH-13")
def the_case_of_a_key_is_ignored(service: Service) -> None:
    """The database's collation ignores case: a fifth of the keys' strength is gone."""
    _reads(service, _any_case(service))


@breaks("AUTH-14")
def a_401_names_no_scheme(service: Service) -> None:
    """The 401 is built by hand, without its header: generic clients cannot tell which credential to offer."""
    on_response(service, lambda request, response: request.route != "webhooks", without_headers("WWW-Authenticate"))


@breaks("AUTH-15")
def errors_repeat_the_key(service: Service) -> None:
    """A message is written for debugging and stays: support tickets and log files fill with live keys."""
    on_response(
        service,
        answer(ANY, 404, to=lambda request: request.account),
        lambda request, response: response.with_json({"error": {"message": f"Nothing here for {request.caller.key}"}}),
    )


@breaks("AUTH-6", also={"AUTH-9": "the same key comes again there, with a broken body"})
def revoked_in_the_cache_only(service: Service) -> None:
    """A miss is cached as a customer: an unknown key is refused at first, and let in from its second call on."""
    seen, authenticator = set[str](), service.parts.authenticator

    def account_of(proper: Proper, request: Request) -> Any:
        header = authorization_of(request)
        whole = len(header) == KEY + len(_any_key(service))
        if header in seen and whole and header[KEY:] not in authenticator.by_key:
            return service.parts.accounts["primary"]
        seen.add(header)
        return proper(request)

    around(authenticator, "account_of", account_of)


@breaks("AUTH-12", also={"AUTH-5": "its key is one that lacks the prefix"})
def keys_are_issued_with_another_prefix(service: Service) -> None:
    """A migrated customer keeps a key of the old form: secret scanners that look for gimg_ miss it."""
    parts = service.parts
    old = parts.accounts["primary"]
    new = replace(old, key="sk_" + old.key.removeprefix(PREFIX))
    parts.accounts["primary"] = new
    del parts.authenticator.by_key[old.key]
    parts.authenticator.by_key[new.key] = new
    parts.ledger.balance[new.name] = parts.ledger.balance[old.name]


@breaks("AUTH-6")
def unknown_keys_are_guests(service: Service) -> None:
    """Keys are found by their beginning, and where nothing is found nothing is compared: any new key is let in."""

    def guest(_: Request, header: str) -> str | None:
        known = _key(service, lambda key: header[KEY : KEY + 16] == key[:16])
        return _any_key(service) if _well_formed(service, header) and not known else None

    _reads(service, guest)


@breaks("AUTH-9", along=("operation",))
def an_unknown_id_is_told_to_anybody(service: Service) -> None:
    """The row is looked up before the key: strangers can tell which ids exist."""
    unknown = answer("generation", 401, to=lambda request: request.params["id"] not in service.parts.generations)
    on_response(service, unknown, becomes(refusal(404)))


@breaks(
    "AUTH-11",
    also={"LIFE-25": "what is answered 401 is not answered 404", "LIFE-26": "a stranger's id is unknown to him"},
)
def an_unknown_id_is_unauthorized(service: Service) -> None:
    """Any failed look-up ends in the middleware's 401: clients throw a good key away for a typing error in an id."""
    on_response(service, NOT_FOUND, _unauthorized(service))


@breaks("AUTH-11", also={"GEN-1": "a valid call is not answered 202 then"}, along=("operation",))
def generate_knows_no_keys(service: Service) -> None:
    """The key store is not deployed beside one service: uploads and polls work, the call that earns money is 401."""
    on_response(service, ACCEPTED, _unauthorized(service))


@breaks("RATE-17")
def a_huge_key_is_asked_to_come_back(service: Service) -> None:
    """The gateway puts one set of headers on all that it refuses: clients repeat a call that cannot succeed."""
    huge = answer(ANY, 401, to=lambda request: len(authorization_of(request)) > 1000)
    on_response(service, huge, becomes(refusal(431, headers=(("Retry-After", "60"),))))


@breaks("AUTH-2", along=("operation",))
def an_empty_key_polls(service: Service) -> None:
    """Only the presence of the header is looked at on one route: whoever learns an id reads other people's images."""
    _reads_on(service, "generation", _empty(service))


@breaks("AUTH-4", along=("operation",))
def a_bare_key_uploads(service: Service) -> None:
    """The storage team's service reads the header by itself: clients that forget the scheme fail only later."""
    _reads_on(service, "upload", _bare)


@breaks("AUTH-5", along=("operation",))
def the_prefix_is_optional_for_polls(service: Service) -> None:
    """One route compares what follows the underscore: secret scanners look for gimg_ and miss leaked keys."""
    _reads_on(service, "generation", _prefixed)


@breaks("AUTH-6", along=("operation",))
def any_well_formed_key_uploads(service: Service) -> None:
    """The storage team's service checks the form of a key only: strangers fill the bucket."""
    _reads_on(service, "upload", _unknown(service))


@breaks("AUTH-7", along=("operation",))
def half_a_key_polls(service: Service) -> None:
    """One route looks keys up by their beginning, to hit a cache: a key that was cut off in a log reads images."""
    _reads_on(service, "generation", _beginning(service))


@breaks("AUTH-8", along=("operation",))
def what_follows_the_key_is_ignored_on_upload(service: Service) -> None:
    """The storage team cuts keys off before they are compared: clients that append something fail elsewhere."""
    _reads_on(service, "upload", _cut_off(service))


@breaks("AUTH-10", "API-2", along=("operation",))
def a_huge_key_breaks_polls(service: Service) -> None:
    """The key goes into the name of a cache entry on one route, which may not be so long: the exception is a 500."""
    _refuses(
        service,
        500,
        lambda request: request.route == "generation" and len(authorization_of(request)) > 1000,
    )


@breaks("AUTH-13", along=("operation",))
def the_case_of_a_key_is_ignored_on_upload(service: Service) -> None:
    """The storage team's database compares without case: a fifth of the keys' strength is gone there."""
    _reads_on(service, "upload", _any_case(service))
