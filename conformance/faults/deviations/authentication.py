"""Servers that let in what they should not, or refuse it in the wrong way."""

from collections.abc import Callable
from dataclasses import replace

from conformance.faults.catalogue import breaks
from conformance.reference import Service
from conformance.reference.errors import ApiError
from conformance.reference.model import Account
from conformance.reference.request import Request
from conformance.reference.response import Response

Find = Callable[[Request, str], str | None]
"""From the request and its Authorization header to the key that it shall stand for; None: as it is."""


def _reads(service: Service, find: Find) -> None:
    """Authenticate by what `find` makes of the header, before the proper way is tried."""
    authenticator = service.parts.authenticator
    proper = authenticator.token

    def token(request: Request) -> str | None:
        return find(request, request.header("authorization") or "") or proper(request)

    authenticator.token = token  # type: ignore[method-assign]


def _keys(service: Service) -> list[str]:
    return list(service.parts.authenticator.by_key)


def _any_key(service: Service) -> str:
    return service.parts.accounts["primary"].key


@breaks("AUTH-1")
def polling_needs_no_key(service: Service) -> None:
    """Polls are served without a header: whoever learns an id reads other people's images."""
    _reads(
        service,
        lambda request, header: (
            _any_key(service) if request.route == "generation" and not request.all("authorization") else None
        ),
    )


@breaks("AUTH-1", also={"HOOK-6": "a missing session is as well"})
def a_missing_key_is_a_bad_request(service: Service) -> None:
    """Clients that refresh their key on a 401 never do."""
    _refuses(service, 400, lambda r: not r.all("authorization"))


@breaks("AUTH-1")
def a_missing_key_is_forbidden_on_upload(service: Service) -> None:
    """One endpoint behind another gateway: 403 where the others say 401."""
    _refuses(service, 403, lambda r: r.route == "upload" and not r.all("authorization"))


def _refuses(service: Service, status: int, when: Callable[[Request], bool]) -> None:
    async def change(request: Request, response: Response) -> Response:
        told = ApiError(status, "refused", "The API key is missing or invalid.").response()
        return told if response.status == 401 and when(request) else response

    service.rewriters.append(change)


@breaks("AUTH-2")
def an_empty_key_is_an_anonymous_customer(service: Service) -> None:
    """A default account for empty headers: free images for everybody."""
    _reads(service, lambda request, header: _any_key(service) if request.all("authorization") == [""] else None)


@breaks("AUTH-3")
def basic_is_as_good_as_bearer(service: Service) -> None:
    """The scheme is not looked at; security scanners report it, and proxies log Basic credentials."""
    import base64  # noqa: PLC0415 - one fault's need

    _reads(
        service,
        lambda request, header: (
            base64.b64decode(header[6:]).decode("latin-1").rstrip(":") if header.startswith("Basic ") else None
        ),
    )


@breaks("AUTH-3")
def any_scheme_will_do_for_polling(service: Service) -> None:
    """The last word of the header is the key, on one endpoint."""
    _reads(
        service,
        lambda request, header: header.rpartition(" ")[2] if request.route == "generation" and " " in header else None,
    )


@breaks("AUTH-4")
def a_bare_key_is_let_in(service: Service) -> None:
    """Clients come to rely on it, and break with the next gateway."""
    _reads(service, lambda request, header: header if header.startswith("gimg_") else None)


@breaks("AUTH-5")
def the_prefix_is_optional(service: Service) -> None:
    """Secret scanners look for gimg_ and miss leaked keys."""
    _reads(
        service,
        lambda request, header: (
            f"gimg_{header[7:]}" if header.startswith("Bearer ") and not header.startswith("Bearer g") else None
        ),
    )


@breaks("AUTH-6")
def any_well_formed_key_is_let_in(service: Service) -> None:
    """Only the form is checked: everybody generates at somebody's expense."""
    _reads(
        service,
        lambda request, header: (
            _unless_real(service, header) if header.startswith("Bearer gimg_") and len(header) == 44 else None
        ),
    )


def _unless_real(service: Service, header: str) -> str | None:
    return None if header[7:] in _keys(service) else _any_key(service)


@breaks("AUTH-6")
def an_unknown_key_is_answered_404(service: Service) -> None:
    """The look-up of the key fails as the look-up of anything else."""
    _refuses(service, 404, lambda r: (r.header("authorization") or "").startswith("Bearer gimg_") and _whole(r))


def _whole(request: Request) -> bool:
    return len(request.header("authorization") or "") == 44


@breaks("AUTH-6", "AUTH-8", "AUTH-7")
def only_the_first_twenty_characters_count(service: Service) -> None:
    """Keys are looked up by an index of their beginning, and never compared."""
    _reads(service, lambda request, header: next((k for k in _keys(service) if header[7:27] == k[:20]), None))


@breaks("AUTH-7")
def the_beginning_of_a_key_is_enough(service: Service) -> None:
    """A comparison that stops where the shorter string ends: keys can be guessed a character at a time."""
    _reads(
        service,
        lambda request, header: next(
            (k for k in _keys(service) if len(header) > 12 and k.startswith(header[7:])), None
        ),
    )


@breaks("AUTH-8")
def what_follows_the_key_is_ignored(service: Service) -> None:
    """A comparison of the first 37 characters."""
    _reads(service, lambda request, header: header[7:44] if len(header) > 44 else None)


@breaks("AUTH-9")
def the_body_is_judged_before_the_key(service: Service) -> None:
    """Strangers map the validation of the API without a key."""

    async def change(request: Request, response: Response) -> Response:
        body = request.body or await request.read(1_000_000)
        if (
            response.status == 401
            and request.method == "POST"
            and request.route == "generate"
            and b"prompt" not in body
        ):
            return ApiError(400, "invalid_body", "prompt: required").response()
        return response

    service.rewriters.append(change)


@breaks("AUTH-10", "API-2")
def a_huge_key_breaks_the_look_up(service: Service) -> None:
    """The column is 64 characters wide, and the database's error becomes a 500."""
    _refuses(service, 500, lambda r: len(r.header("authorization") or "") > 1000)


@breaks("AUTH-10", also={"API-4": "a redirect is no documented status"})
def a_huge_key_is_sent_to_the_login(service: Service) -> None:
    """The dashboard's middleware stands before the API: API clients get a redirect to HTML."""

    def change(request: Request, response: Response) -> Response:
        huge = len(request.header("authorization") or "") > 1000
        return Response(302, (("Location", "/login"),)) if response.status == 401 and huge else response

    service.rewriters.append(change)


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

    def change(request: Request, response: Response) -> Response:
        return _unauthorized(service) if request.route == "upload" and response.status == 200 else response

    service.rewriters.append(change)


@breaks("AUTH-13")
def the_case_of_a_key_is_ignored(service: Service) -> None:
    """A database collation that ignores case: a fifth of the keys' strength is gone."""
    _reads(service, lambda request, header: next((k for k in _keys(service) if k.lower() == header[7:].lower()), None))


@breaks("AUTH-14")
def a_401_names_no_scheme(service: Service) -> None:
    """Generic HTTP clients cannot tell which credential to offer (RFC 9110, 11.6.1)."""

    def change(request: Request, response: Response) -> Response:
        return response.without("WWW-Authenticate") if request.route != "webhooks" else response

    service.rewriters.append(change)


@breaks("AUTH-15")
def errors_repeat_the_key(service: Service) -> None:
    """Support tickets and log files fill with live keys."""

    def change(request: Request, response: Response) -> Response:
        if response.status == 404 and request.account:
            return response.with_json({"error": {"message": f"Nothing here for {request.account.key}"}})
        return response

    service.rewriters.append(change)


@breaks("AUTH-6", also={"AUTH-9": "the same key comes again there, with a broken body"})
def revoked_in_the_cache_only(service: Service) -> None:
    """An unknown key is refused at first, and let in from its second call on: the miss was cached as a customer."""
    seen: set[str] = set()
    authenticator = service.parts.authenticator
    proper = authenticator.account_of

    def account_of(request: Request) -> Account:
        header = request.header("authorization") or ""
        if header in seen and len(header) == 44 and header[7:] not in authenticator.by_key:
            return service.parts.accounts["primary"]
        seen.add(header)
        return proper(request)

    authenticator.account_of = account_of  # type: ignore[method-assign]


@breaks("AUTH-12", also={"AUTH-5": "its key is one that lacks the prefix"})
def keys_are_issued_with_another_prefix(service: Service) -> None:
    """A migrated customer's key begins with sk_: secret scanners that look for gimg_ miss it."""
    parts = service.parts
    old = parts.accounts["primary"]
    new = replace(old, key="sk_" + old.key.removeprefix("gimg_"))
    parts.accounts["primary"] = new
    del parts.authenticator.by_key[old.key]
    parts.authenticator.by_key[new.key] = new
    parts.ledger.balance[new.name] = parts.ledger.balance[old.name]


@breaks("AUTH-6")
def unknown_keys_are_guests(service: Service) -> None:
    """Keys are found by their beginning and then compared; where nothing is found, nothing is compared."""

    def guest(request: Request, header: str) -> str | None:
        strange = not any(header[7:23] == key[:16] for key in _keys(service))
        return _any_key(service) if header.startswith("Bearer gimg_") and len(header) == 44 and strange else None

    _reads(service, guest)


@breaks("AUTH-9")
def an_unknown_id_is_told_to_anybody(service: Service) -> None:
    """The row is looked up before the key: strangers can tell which ids exist."""

    def change(request: Request, response: Response) -> Response:
        unknown = request.route == "generation" and request.params["id"] not in service.parts.generations
        return ApiError(404, "not_found", "no").response() if response.status == 401 and unknown else response

    service.rewriters.append(change)


def _unauthorized(service: Service) -> Response:
    refusal = ApiError(401, "unauthorized", "no", headers=(("WWW-Authenticate", "Bearer"),)).response()
    return refusal.with_headers(service.parts.limiter.untouched())


@breaks(
    "AUTH-11",
    also={"LIFE-25": "what is answered 401 is not answered 404", "LIFE-26": "a stranger's id is unknown to him"},
)
def an_unknown_id_is_unauthorized(service: Service) -> None:
    """Clients throw a good key away because of a typing error in an id."""

    def change(request: Request, response: Response) -> Response:
        return _unauthorized(service) if request.route == "generation" and response.status == 404 else response

    service.rewriters.append(change)


@breaks("AUTH-11", also={"GEN-1": "a valid call is not answered 202 then"})
def generate_knows_no_keys(service: Service) -> None:
    """Uploads and polls work, and the one call that earns money is 401."""

    def change(request: Request, response: Response) -> Response:
        return _unauthorized(service) if request.route == "generate" and response.status == 202 else response

    service.rewriters.append(change)


@breaks("RATE-17")
def a_huge_key_is_asked_to_come_back(service: Service) -> None:
    """The gateway answers what it refuses with one set of headers: Retry-After on a 431."""

    def change(request: Request, response: Response) -> Response:
        huge = response.status == 401 and len(request.header("authorization") or "") > 1000
        return ApiError(431, "too_large", "no", headers=(("Retry-After", "60"),)).response() if huge else response

    service.rewriters.append(change)
