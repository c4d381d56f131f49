"""What people write to stop, approve and reject, and what only looks like that."""

from __future__ import annotations

import pytest

from claw_discord_coord.actions import Action
from claw_discord_coord.coordination.people.command_words import APPROVE, NO, REJECT, STOP
from claw_discord_coord.coordination.people.reading import Certainty, Reading, read, read_emoji

STOPS = """
stop|Stop|STOP!|stop.|stop please|Stop it|please stop|stop it now, please|stop the task|stop everything|/stop
!stop|**stop**|*stop*|__stop__|`stop`|stop|# stop|🛑|🛑🛑|🛑 stop|⏹️|⛔|:octagonal_sign:|abort|Abort!|halt
cancel|Cancel it|/cancel|terminate|stop stop stop|hey, stop|ok stop|<@1234567890> stop|<@&55> please stop now
st\u200bop|ＳＴＯＰ|stop…|stop thanks|Stopp!|Stopp bitte|Halt!|abbrechen|Abbruch|hör auf|Bitte sofort stoppen
arrête|Arrete !|arrêtez s'il vous plaît|annuler|stoppe tout|para|¡Para ya!|detente|detén|cancelar|alto|basta
ferma|fermati subito|annulla|interrompi|pare|parar agora|cancela|interrompa|stoppen|annuleer|hou op
stop alsjeblieft|zatrzymaj|Zatrzymaj się|przerwij|anuluj|przestan|dur|DUR!|durdur|İptal|iptal et|lütfen dur|стоп
Стоп!|остановись|Отмена|прекрати|стоп, пожалуйста|зупинись|скасуй|припини|停|停止|停下来|取消|请停止|停止任务
停止！|止めて|停止|やめて|やめてください|停止してください|ストップ|キャンセル|중지|멈춰|그만|취소|중지해 주세요
멈춰 주세요|توقف|أوقف|إيقاف|الغاء|إلغاء|रुको|रोको|बंद करो|कृपया रुको|रद्द करो|stanna|avbryt|seis|zastav|állj
oprește|dừng lại|berhenti|หยุด|עצור|stopp!!
"""

APPROVALS = """
approve|approved|Approved!|APPROVED|approve it|I approve|approved, thanks|please approve|LGTM|lgtm!|LGTM 👍|yes
Yes.|yes please|yep|ok|OK!|okay|✅|✔️|👍|👍🏽|:white_check_mark:|:thumbsup:|looks good|looks good to me|ship it
go ahead|**yes**|/approve|yes yes|ja|Ja, bitte|genehmigt|einverstanden|oui|approuvé|d'accord|sí|si|aprobado
de acuerdo|sì|approvato|va bene|sim|aprovado|akkoord|goedgekeurd|tak|zatwierdzam|zgoda|evet|onaylandı|tamam|да
одобрено|так|схвалено|是|好的|同意|批准|可以|はい|承認|承認します|네|승인|승인합니다|نعم|موافق|हाँ|हां|ठीक है
स्वीकृत
"""

REJECTIONS = """
reject|rejected|Rejected!|reject it|/reject|**reject**|no|No.|nope|👎|❌|:x:|not approved|declined|nein
abgelehnt|non|refusé|rechazado|rifiutato|rejeitado|nee|afgewezen|odrzucam|reddet|отклонено|нет|відхилено|ні|拒绝
不|却下|いいえ|거부|아니요|مرفوض|لا|नहीं|अस्वीकार
"""

SENTENCES = """
don't stop|Don’t stop now|do not stop|never stop|please don't cancel this|Continue|only the year 2025
add a stop button to the page|the stopwatch is slow|nonstop
what does it do when the user presses stop and then resumes the player?|resend|don't approve|hello
Please stop the music player when the user hits pause|do not reject|yesterday|okra|nothing|nicht stoppen
не останавливайся
"""

DOUBTS = """
stop using tabs|stop, that is the wrong branch|Stop! You are deleting the wrong files|stop?|should I stop?
~~stop~~|> stop|cancel my meeting|no, stop|stop the server|can you stop|yes, but use blue|yes but shorter
ok, now the other one|ok?|approved?|approve: but not the intro|reject the second paragraph
reject, unless you fix it|no, use blue|yes and add a table|ja, aber kürzer|sí, pero más corto
stopp, das ist falsch|停止，错了
"""


def listed(text: str) -> list[str]:
    return [part.strip() for line in text.strip().splitlines() for part in line.split("|") if part.strip()]


def certain(text: str, action: Action) -> bool:
    reading = read(text)
    return reading is not None and reading.action is action and reading.certainty is not Certainty.DOUBTFUL


@pytest.mark.parametrize("text", [*listed(STOPS), "||stop||"])
def test_a_stop_is_read_as_a_stop_in_every_language(text: str) -> None:
    assert read(text) == Reading(Action.CANCEL, Certainty.EXPLICIT)


@pytest.mark.parametrize("text", listed(APPROVALS))
def test_an_approval_is_read_as_an_approval(text: str) -> None:
    assert certain(text, Action.APPROVE)


@pytest.mark.parametrize("text", listed(REJECTIONS))
def test_a_rejection_is_read_as_a_rejection(text: str) -> None:
    assert certain(text, Action.REJECT)


@pytest.mark.parametrize("text", listed(SENTENCES))
def test_a_sentence_is_not_a_command(text: str) -> None:
    assert read(text) is None


@pytest.mark.parametrize("text", [*listed(DOUBTS), "stop\nwrong folder"])
def test_a_command_within_a_sentence_is_doubtful(text: str) -> None:
    reading = read(text)
    assert reading is None or reading.certainty is Certainty.DOUBTFUL


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("reject: numbers are wrong", "numbers are wrong"),
        ("Reject - numbers are wrong", "numbers are wrong"),
        ("rejected, the numbers are wrong", "the numbers are wrong"),
        ("Rejected. The table is empty.", "The table is empty."),
        ("reject\nThe table is empty.\nSo is the list.", "The table is empty.\nSo is the list."),
        ("**Reject:** the numbers are wrong", "the numbers are wrong"),
        ("**reject**: but for the intro", "but for the intro"),
        ("rejected because the sums are off", "because the sums are off"),
        ("❌: Zahlen falsch", "Zahlen falsch"),
        ("abgelehnt: Zahlen falsch", "Zahlen falsch"),
        ("отклонить: цифры неверны", "цифры неверны"),
        ("拒绝：数字不对", "数字不对"),
    ],
)
def test_the_reason_of_a_rejection_is_kept(text: str, reason: str) -> None:
    reading = read(text)
    assert reading is not None
    assert (reading.action, reading.note) == (Action.REJECT, reason)
    assert reading.certainty is not Certainty.DOUBTFUL


def test_every_word_of_the_lists_is_read_as_its_action() -> None:
    tables = {Action.CANCEL: STOP, Action.APPROVE: APPROVE, Action.REJECT: {**REJECT, "no": ", ".join(NO.values())}}
    wrong = [
        (action, phrase)
        for action, table in tables.items()
        for phrases in table.values()
        for phrase in phrases.split(", ")
        if not certain(phrase, action)
    ]
    assert wrong == []


@pytest.mark.parametrize(
    ("emoji", "action"),
    [
        ("✅", Action.APPROVE),
        ("👍", Action.APPROVE),
        ("👎🏿", Action.REJECT),
        ("❌", Action.REJECT),
        ("🛑", Action.CANCEL),
        ("🎉", None),
        ("stop", None),
        ("party_blob", None),
    ],
)
def test_an_emoji_of_a_reaction_is_a_command_or_not(emoji: str, action: Action | None) -> None:
    assert read_emoji(emoji) is action
