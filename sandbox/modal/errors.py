"""What the SDK raises, told in the sandbox's own errors: what happened, to which sandbox, what to do."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from sandbox.protocol import NoRoom, SandboxError, SandboxGone, SandboxUnavailable


class NameTaken(SandboxError):
    """Another sandbox of that name lives."""


class TokenRefused(SandboxUnavailable):
    """A sandbox's own short-lived token has expired and the SDK does not renew it, because this machine's clock is behind
    Modal's. A new handle of the sandbox comes with a new token."""


@contextmanager
def told_as_sandbox_errors(doing: str, *, inside: bool = False) -> Iterator[None]:
    """Raises SandboxGone, SandboxUnavailable or SandboxError for whatever the SDK raises meanwhile; `doing` completes
    "while …". `inside` a sandbox another token counts than the account's."""
    import modal.exception as modal_errors

    try:
        yield
    except (modal_errors.NotFoundError, modal_errors.ConflictError, modal_errors.ClientClosed) as error:
        raise SandboxGone(f"the sandbox is gone, noticed while {doing}: {error}") from error
    except modal_errors.AlreadyExistsError as error:
        raise NameTaken(f"the name is taken, noticed while {doing}: {error}") from error
    except modal_errors.AuthError as error:
        if inside:
            raise TokenRefused(f"Modal refused the sandbox's token while {doing}: is this machine's clock right?") from error
        raise SandboxError(f"Modal refused the token while {doing}: check MODAL_TOKEN_ID and MODAL_TOKEN_SECRET") from error
    except modal_errors.ResourceExhaustedError as error:
        raise NoRoom(f"Modal's quota is used up, noticed while {doing}: wait, or raise it ({error})") from error
    except modal_errors.TimeoutError as error:
        raise SandboxError(f"Modal took too long while {doing}: {error}") from error
    except (modal_errors.ServiceError, modal_errors.ConnectionError) as error:
        raise SandboxUnavailable(f"Modal could not be reached while {doing}: {error}") from error
    except modal_errors.Error as error:
        raise SandboxError(f"Modal failed while {doing}: {type(error).__name__}: {error}") from error
    except (ConnectionError, TimeoutError) as error:
        raise SandboxUnavailable(f"Modal could not be reached while {doing}: {error}") from error
