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
oprește|dừng lại|berhenti|หยุด|עצור|stopp!!|stop now!|stop everything now|pls stop|STOP STOP|Stop. Now.
stop the agent|kill it|cancel this|halt everything|please abort|stop, please|stop - please|stop (now)
Stop this task|cancel task|stop that task|stop all|stop all of it|stop right there|quit|just stop|stop already
stop working on this|stop what you are doing|stop this now|Stop immediately|stop asap|abort abort abort
abort the task|abort this run|terminate it|cancel everything please|stop the job|stop it all
please stop the work|make it stop|STOP IT NOW|🛑 please|⏹|🛑🛑🛑 STOP|/abort|/halt|/kill|_stop_|***stop***
~stop~|"stop"|'stop'|(stop)|[stop]|<stop>|stop;|stop:|- stop|* stop|# stop|@agent stop|Bitte stoppen
Bitte anhalten|Stopp jetzt|Stop das|Stopp das bitte sofort|Alles stoppen|Aufgabe abbrechen|arrête tout de suite
arrête-toi|arrêtez tout|Stop s'il te plaît|arrête ça|annule la tâche|para por favor|detén la tarea
cancela la tarea|Detente, por favor|para esto|ferma tutto|ferma il lavoro|fermati per favore|annulla il compito
pára|para tudo|pare com isso|cancelar tarefa|stop ermee|stop daarmee|stop de taak|annuleer de taak|zatrzymaj to
przerwij zadanie|zatrzymaj zadanie proszę|durdur lütfen|görevi durdur|dur artık|iptal et lütfen|останови задачу
остановись пожалуйста|стоп стоп|отмени задачу|прекрати это|остановите всё|зупини це|зупиніть завдання
скасуй завдання|停下來|停止工作|停止运行|取消任务|请停下来|快停下|马上停止|停下来吧|取消它|止めてください
ストップして|中止して|タスクを停止して|今すぐ止めて|止まってください|キャンセルしてください|작업 중지|그만해줘
멈춰줘|중단해 주세요|취소해줘|توقف من فضلك|أوقف المهمة|توقف الآن|ألغِ المهمة|قف!|काम बंद करो|कृपया रुकें
इसे रोको|अभी रुको|रुक जाओ|stop करो|stop pls :pray:|stop 🙏|stop thx
"""

APPROVALS = """
approve|approved|Approved!|APPROVED|approve it|I approve|approved, thanks|please approve|LGTM|lgtm!|LGTM 👍|yes
Yes.|yes please|yep|ok|OK!|okay|✅|✔️|👍|👍🏽|:white_check_mark:|:thumbsup:|looks good|looks good to me|ship it
go ahead|**yes**|/approve|yes yes|ja|Ja, bitte|genehmigt|einverstanden|oui|approuvé|d'accord|sí|si|aprobado
de acuerdo|sì|approvato|va bene|sim|aprovado|akkoord|goedgekeurd|tak|zatwierdzam|zgoda|evet|onaylandı|tamam|да
одобрено|так|схвалено|是|好的|同意|批准|可以|はい|承認|承認します|네|승인|승인합니다|نعم|موافق|हाँ|हां|ठीक है
स्वीकृत|Approved ✅|yes!|yes, approved|yes, go ahead|approve please|LGTM, thanks!|👍🏻|ok!|that's fine|fine
ja ok|passt|sieht gut aus|c'est bon|vale|ok go|+1|ok approved|ack|i agree|accept it|Yes, looks good!
yes - approved|Approve!|approve this|I approve this result|yup|y|ok, approved. Thanks!|LGTM!!|lgtm :+1:|✅✅
:heavy_check_mark:|Freigegeben!|genehmigt, danke|oui, c'est bon|oui merci|d’accord|sí, aprobado|sì, va bene
sim, aprovado|ja, akkoord|tak, zgoda|evet, onaylıyorum|да, одобряю|да|так, схвалюю|好，批准|同意！
はい、承認します|네, 승인합니다|نعم، موافق|हाँ, ठीक है|हाँ जी|ok 👍 thanks|yes thank you|all good, approve
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
не останавливайся|use stop words|remove the stop button|it won't stop|hör nicht auf|ne t'arrête pas
nicht abbrechen|不要停|止めないで|멈추지 마|لا تتوقف|मत रुको|para el informe usa tablas
"""

DOUBTS = """
make it stop when done|stop using tabs|stop, that is the wrong branch|Stop! You are deleting the wrong files
stop?|should I stop?|~~stop~~|> stop|cancel my meeting|no, stop|stop the server|can you stop|yes, but use blue
yes but shorter|ok, now the other one|ok?|approved?|approve: but not the intro|reject the second paragraph
reject, unless you fix it|no, use blue|yes and add a table|ja, aber kürzer|sí, pero más corto
stopp, das ist falsch|停止，错了|stop-loss orders|no, stop|cancel button is broken|halt state machine
stop running the script|stop doing that|stop the process|stop and think|✋|wait|looks good but fix typos
lgtm except the title|approved once tests pass|/approve if tests pass|yes?|LGTM?|say yes|no stop words please
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
        ("/reject numbers are wrong", "numbers are wrong"),
        ("reject (numbers are wrong)", "numbers are wrong"),
        ("`reject: numbers are wrong`", "numbers are wrong"),
        ("Rejected — numbers are wrong", "numbers are wrong"),
        ("I reject this: numbers are wrong", "numbers are wrong"),
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
