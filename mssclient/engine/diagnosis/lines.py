"""Making lines, each with its state."""

from mssclient.model.accounts import Account
from mssclient.model.diagnosis import Check
from mssclient.model.errors import MssError
from mssclient.model.ids import AccountId

__all__ = ["Lines"]


class Lines:
    """Of one area, of one account or of the computer."""

    def __init__(self, area: str, account: Account | None = None) -> None:
        self.area = area
        self.account: AccountId | None = account.id if account is not None else None

    def ok(self, check: str, sentence: str, *, detail: str = "") -> Check:
        return self._line(check, "ok", sentence, detail=detail)

    def skip(self, check: str, sentence: str, remedy: str = "") -> Check:
        return self._line(check, "skip", sentence, remedy)

    def warn(self, check: str, sentence: str, remedy: str = "", *, code: str = "", detail: str = "") -> Check:
        return self._line(check, "warn", sentence, remedy, code, detail)

    def fail(
        self,
        check: str,
        sentence: str,
        remedy: str,
        *,
        code: str = "",
        detail: str = "",
        exit_code: int = 3,
    ) -> Check:
        return self._line(check, "fail", sentence, remedy, code, detail, exit_code)

    def problem(self, check: str, error: MssError, *, state: str = "fail") -> Check:
        return self._line(
            check, state, error.sentence, error.remedy, error.code, error.detail, error.exit_code
        )

    def _line(
        self,
        check: str,
        state: str,
        sentence: str,
        remedy: str = "",
        code: str = "",
        detail: str = "",
        exit_code: int = 3,
    ) -> Check:
        return Check(
            area=self.area,
            check=check,
            state=state,
            sentence=sentence,
            remedy=remedy,
            account=self.account,
            code=code,
            exit_code=exit_code,
            detail=detail,
        )
