"""The words, phrases and emoji by which people stop, approve and reject, in the languages they write."""

from __future__ import annotations

from collections.abc import Mapping

from claw_discord_coord.actions import Action

EXPLICIT: Mapping[Action, str] = {
    Action.CANCEL: "stop, cancel, abort, halt, terminate",
    Action.APPROVE: "approve, approved, i approve, we approve, approves",
    Action.REJECT: "reject, rejected, i reject, we reject, rejects",
}
"""Phrases that are commands wherever a command is possible, separated by commas."""

STOP: Mapping[str, str] = {
    "en": "stop, stahp, cancel, canceled, cancelled, abort, halt, terminate, cease, kill, quit, stop working, "
    "stop running, stop there, stop here, stop what you are doing, stop what you're doing, make it stop",
    "de": "stopp, stoppe, stoppen, stop, halt, anhalten, halt an, abbrechen, abbruch, brich ab, brechen sie ab, "
    "hör auf, hoer auf, hören sie auf, aufhören, beenden, beende, schluss",
    "fr": "arrête, arrêter, arrêtez, arrêt, arrête toi, arrêtez vous, stoppe, stopper, stoppez, annule, annuler, "
    "annulez, interrompre, interromps, ça suffit",
    "es": "para, parar, pare, páralo, detente, detén, detener, detenga, deténgase, detenlo, alto, cancela, cancelar, "
    "cancele, cancélalo, aborta, abortar, basta, anular",
    "it": "ferma, fermati, fermare, fermalo, fermi, si fermi, annulla, annullare, interrompi, interrompere, basta, "
    "alt, smettila, smetti, blocca",
    "pt": "pare, parar, para, cancela, cancelar, cancele, interrompe, interrompa, interromper, aborte, abortar, chega",
    "nl": "stop, stoppen, halt, annuleer, annuleren, afbreken, breek af, hou op, houd op, ophouden, staak",
    "sv, no, da": "stopp, stoppa, stanna, stans, stop, avbryt, avbryd, sluta, slutt, annuller, avbryte",
    "fi": "seis, lopeta, pysäytä, pysähdy, keskeytä, peruuta, peru",
    "pl": "stop, zatrzymaj, zatrzymaj się, zatrzymać, stój, przerwij, przerwać, przestań, anuluj, anulować, wstrzymaj, "
    "dość",
    "cs, sk": "zastav, zastavit, zastavte, stůj, přestaň, přerušit, přeruš, zruš, zrušit, zastaviť, prestaň, zrušiť",
    "hu": "állj, állj le, megállj, leállítás, állítsd le, mégse, mégsem, hagyd abba",
    "ro": "oprește, oprește te, opriți, opreste, anulează, anuleaza, întrerupe",
    "hr, sr, bs, sl": "stani, stanite, zaustavi, prekini, otkaži, ustavi, prekliči, стани, заустави, прекини",
    "tr": "dur, durun, durdur, durdurun, iptal, iptal et, iptal edin, vazgeç, kes, bırak",
    "vi": "dừng, dừng lại, ngừng, ngừng lại, hủy, huỷ, hủy bỏ",
    "id, ms": "berhenti, hentikan, batal, batalkan, setop",
    "ru": "стоп, стой, стойте, остановись, останови, остановите, остановитесь, остановить, отмена, отмени, отмените, "
    "отменить, прекрати, прекратить, прекратите, прерви, прервать, хватит",
    "uk": "стоп, стій, стійте, зупинись, зупинися, зупини, зупиніть, зупинити, зупиніться, скасуй, скасувати, "
    "скасуйте, припини, припинити, припиніть, перерви, перервати, відміна, відміни, досить",
    "bg": "стоп, спри, спрете, отмени, прекрати",
    "el": "στοπ, σταμάτα, σταμάτησε, σταματήστε, ακύρωση, ακύρωσε",
    "zh": "停, 停止, 停下, 停下来, 停下來, 停一下, 快停, 叫停, 取消, 中止, "
    "终止, 終止, 中断, 打住, 住手, 别做了, 不要做了",
    "ja": "止めて, 止めろ, 止める, 止まって, 止まれ, とめて, とまれ, やめて, やめろ, やめる, やめ, ストップ, 停止, "
    "中止, 中断, キャンセル, 取り消し, 取消, 取り消して",
    "ko": "중지, 정지, 중단, 취소, 그만, 그만둬, 그만해, 멈춰, 멈추세요, 멈춰라, 멈추다, 스톱, 스탑",
    "ar": "توقف, توقفي, توقفوا, قف, قفي, أوقف, أوقفه, أوقفها, إيقاف, الغاء, إلغاء, ألغ, الغ, ألغه, كفى, ستوب, إنهاء",
    "fa": "توقف, ایست, بس, بس کن, متوقف کن, متوقف شو, لغو, لغو کن",
    "he": "עצור, עצרי, עצרו, לעצור, די, בטל, בטלי, ביטול, תפסיק, תפסיקי, הפסק, סטופ",
    "hi": "रुको, रुक, रुकिए, रुकें, रुक जाओ, रुक जाइए, रोको, रोकें, रोकिए, रोक दो, रोक दीजिए, बंद, बंद करो, बंद करें, "
    "बंद करिए, बंद कीजिए, बस, बस करो, स्टॉप, रद्द, रद्द करो, रद्द करें, रद्द कर दो",
    "bn": "থামো, থামুন, থামাও, থামান, বন্ধ, বন্ধ করো, বন্ধ করুন, বাতিল, বাতিল করো",
    "ur": "رکو, رک جاؤ, روکو, بند کرو, منسوخ, منسوخ کرو",
    "th": "หยุด, หยุดเลย, หยุดก่อน, ยกเลิก, พอแล้ว",
    "emoji": "🛑, ⏹, ⛔, ✋🛑",
}
"""Words that stop a task, by language."""

APPROVE: Mapping[str, str] = {
    "en": "approve, approved, approves, i approve, we approve, lgtm, yes, yep, yeah, yup, ok, okay, okey, accept, "
    "accepted, confirm, confirmed, agreed, ship it, go ahead, looks good, looks good to me, all good, sounds good, "
    "fine, fine by me, that's fine, i agree, we agree, y, good to go, ack, aye, sure, approval granted, thumbs up",
    "de": "ja, jawohl, jo, genehmigt, genehmige, genehmigen, freigegeben, freigeben, gib frei, freigabe, akzeptiert, "
    "angenommen, einverstanden, in ordnung, passt, bestätigt, passt so, sieht gut aus",
    "fr": "oui, approuvé, approuve, approuver, approuvée, j'approuve, accepté, accepter, validé, valide, valider, "
    "d'accord, c'est bon, confirmé",
    "es": "sí, aprobado, aprobada, aprobar, aprueba, apruebo, aceptado, aceptar, acepto, de acuerdo, vale, confirmado, "
    "está bien",
    "it": "sì, approvato, approvata, approva, approvare, approvo, accettato, accetto, va bene, d'accordo, confermato, "
    "confermo",
    "pt": "sim, aprovado, aprovada, aprovar, aprova, aprovo, aceito, aceite, tudo bem, de acordo, confirmado, está bom",
    "nl": "ja, goedgekeurd, goedkeuren, keur goed, akkoord, geaccepteerd, in orde, prima, is goed, bevestigd",
    "sv, no, da": "ja, godkänd, godkänt, godkänn, godkjent, godkjenn, godkendt, godkend, japp",
    "fi": "kyllä, joo, hyväksytty, hyväksy, hyväksyn",
    "pl": "tak, zatwierdzam, zatwierdzone, zatwierdź, zatwierdzono, zatwierdzić, akceptuję, zaakceptowano, zgoda, "
    "zgadzam się, potwierdzam, w porządku, dobrze",
    "cs, sk": "ano, áno, schváleno, schvaluji, schválit, souhlasím, schválené, súhlasím",
    "hu": "igen, jóváhagyva, jóváhagyom, rendben, elfogadva, elfogadom",
    "ro": "da, aprobat, aprob, aprobă, accept, de acord, în regulă",
    "tr": "evet, onay, onayla, onaylandı, onaylıyorum, tamam, kabul, kabul et, kabul edildi, olur",
    "vi": "đồng ý, duyệt, phê duyệt, chấp nhận, được, vâng",
    "id, ms": "ya, setuju, disetujui, setujui, oke",
    "ru": "да, ок, окей, ага, одобрено, одобряю, одобрить, одобри, утверждаю, утверждено, подтверждаю, принято, "
    "принимаю, согласен, согласна, хорошо, годится",
    "uk": "так, ок, окей, схвалено, схвалюю, схвалити, затверджую, затверджено, підтверджую, прийнято, приймаю, згода, "
    "згоден, згодна, добре, гаразд",
    "bg": "да, одобрено, одобрявам, добре, приемам",
    "el": "ναι, εγκρίνεται, εγκρίνω, εντάξει, εγκρίθηκε",
    "zh": "是, 是的, 好, 好的, 好吧, 可以, 行, 同意, 批准, 通过, 通過, 没问题, 沒問題, 认可, 确认, 確認, 接受, 准了",
    "ja": "はい, 承認, 承認する, 承認します, 承認しました, 許可, 許可する, 許可します, オーケー, オッケー, いいです, "
    "いいですよ, 良いです, 問題ありません, 問題なし, 同意, 同意します",
    "ko": "네, 예, 승인, 승인함, 승인됨, 승인합니다, 승인한다, 좋아, 좋아요, 좋습니다, 확인, 동의, 동의합니다, 오케이, "
    "수락, 허가, 응",
    "ar": "نعم, أجل, موافق, موافقة, أوافق, تمت الموافقة, وافقت, مقبول, اعتمد, معتمد, حسنا, تمام",
    "fa": "بله, آره, تایید, تأیید, تایید شد, موافقم, قبول, باشه",
    "he": "כן, מאושר, מאשר, מאשרת, אושר, אישור, בסדר, אוקיי",
    "hi": "हाँ, हां, जी हाँ, जी, स्वीकृत, स्वीकार, स्वीकार है, मंजूर, मंज़ूर, मंजूर है, ठीक है, ठीक, सहमत, अनुमोदित",
    "bn": "হ্যাঁ, অনুমোদিত, ঠিক আছে, রাজি",
    "ur": "ہاں, جی ہاں, منظور, منظور ہے, ٹھیک ہے",
    "th": "ใช่, อนุมัติ, ตกลง, โอเค",
    "emoji": "✅, ✔, ☑, 👍, 👌, 🆗",
}
"""Words that approve a result or a delivery which waits, by language."""

REJECT: Mapping[str, str] = {
    "en": "reject, rejected, rejects, i reject, we reject, deny, denied, decline, declined, refuse, refused, "
    "disapprove, disapproved, not approved, not accepted, veto",
    "de": "ablehnen, abgelehnt, lehne ab, lehne es ab, ich lehne ab, zurückgewiesen, verworfen, verwerfen",
    "fr": "rejeter, rejeté, rejetée, rejette, refuser, refusé, refusée, refuse",
    "es": "rechazar, rechazado, rechazada, rechaza, rechazo, denegado, denegar, no aprobado",
    "it": "rifiuta, rifiutato, rifiutare, rifiuto, respinto, respingi, respingere, non approvato",
    "pt": "rejeitar, rejeitado, rejeitada, rejeita, rejeito, recusar, recusado, recuso, não aprovado",
    "nl": "afwijzen, afgewezen, wijs af, afkeuren, afgekeurd, keur af, geweigerd, weiger, niet goedgekeurd",
    "sv, no, da": "avvisa, avvisad, avslå, avslag, avvis, avvist, afvis, afvist, nekad",
    "fi": "hylkää, hylätty, hylkään",
    "pl": "odrzuć, odrzucam, odrzucone, odrzucono, odrzucić, odmawiam, nie zatwierdzam",
    "cs, sk": "zamítnout, zamítnuto, zamítám, odmítnuto, zamietnuté, zamietam",
    "hu": "elutasítva, elutasítom, elutasít",
    "ro": "respins, resping, respinge",
    "tr": "reddet, reddedildi, reddediyorum, ret, onaylanmadı, onaylamıyorum",
    "vi": "từ chối, không duyệt, bác bỏ",
    "id, ms": "tolak, ditolak",
    "ru": "отклонить, отклонено, отклоняю, отклони, отказ, отказано, отвергаю, не одобрено, не одобряю",
    "uk": "відхилити, відхилено, відхиляю, відхили, відмова, відмовлено, не схвалено, не схвалюю",
    "bg": "отхвърлям, отхвърлено",
    "el": "απορρίπτεται, απορρίπτω, απόρριψη",
    "zh": "拒绝, 拒絕, 驳回, 駁回, 否决, 否決, 不批准, 不同意, 不通过, 不通過, 不行, 不可以",
    "ja": "却下, 却下します, 却下する, 拒否, 拒否します, 不承認, 差し戻し, 承認しない, 承認しません",
    "ko": "거부, 거절, 반려, 기각, 거부합니다, 거절합니다, 반려합니다, 승인 안 함, 불승인",
    "ar": "رفض, أرفض, مرفوض, ارفض, غير موافق, لا أوافق",
    "fa": "رد, رد شد, رد کن, مخالفم",
    "he": "דחה, נדחה, דוחה, לדחות, לא מאושר",
    "hi": "अस्वीकार, अस्वीकृत, नामंजूर, नामंज़ूर, खारिज",
    "bn": "প্রত্যাখ্যান, বাতিল নয়",
    "ur": "مسترد, نامنظور",
    "th": "ปฏิเสธ, ไม่อนุมัติ",
    "emoji": "👎, ❌, ✖, ❎, 🚫",
}
"""Words that reject a result or a delivery which waits, and after which a reason may follow, by language."""

NO: Mapping[str, str] = {
    "latin": "no, nope, nah, nein, nee, non, não, nej, nei, ei, nie, nem, hayır, không, tidak, ne",
    "others": "нет, ні, не, όχι, 不, 否, いいえ, いや, だめ, ダメ, 아니, 아니요, 아니오, 안 돼, 안돼, لا, نه, לא, नहीं, "
    "না, نہیں, ไม่",
}
"""Words for no. Alone a rejection of what waits; before other words part of a sentence."""

FILLERS = """
please pls plz kindly it this that these now the a task job run work agent bot immediately everything all right away
just hey hi hello thanks thank you thx ty cheers at once asap then team everyone already and of there here on
bitte jetzt sofort das es die der aufgabe alles mal danke doch nun damit job auftrag
s'il te vous plait plaît svp stp maintenant ça la le tâche tout merci tache de suite
por favor ahora ya lo tarea todo esto eso gracias inmediatamente
per favore adesso ora subito tutto grazie questo compito il lavoro i tutti
agora já isso isto tudo obrigado obrigada tarefa com o a
alsjeblieft alstublieft aub nu alles het dit de taak graag direct meteen dank bedankt ermee daarmee hiermee
proszę teraz to już zadanie wszystko natychmiast dziękuję
lütfen şimdi artık hemen bunu şunu görevi teşekkürler
пожалуйста сейчас это этого всё все немедленно задачу работу срочно уже спасибо
будь ласка зараз негайно це все завдання роботу дякую
من فضلك الآن لو سمحت فورا المهمة شكرا هذا هذه

지금 즉시 당장 제발 주세요 줘 작업 작업을 모두 今すぐ すぐ 今 请 現在 现在 马上 立即
कृपया अभी इसे यह इस काम तुरंत सब को धन्यवाद करो करें
🙏 ❗ ❕ ‼ pray
"""
"""Words that add nothing to a command."""

SUBJECTS = """
result results output answer report reports change changes delivery post text draft version ergebnis bericht résultat
rapport resultado informe risultato relatório resultaat wynik sonuç результат отчёт звіт
"""
"""The things that people approve and reject."""

PERHAPS_STOP = "✋, pause, paused, hold, hold on, hold it, wait, wait please, enough, that's enough"
"""Phrases that may mean a stop; the coordinator cannot pause a task."""

PRAISE = """
good great nice fine perfect excellent awesome looks look very well done job to me i we is so go super toll gut
sehr bien très bon bueno buono ottimo bom heel goed dobrze çok iyi отлично хорошо чудово добре 🎉 👏 💯 😀 🙂 😊 ❤ 🚀
"""
"""Words that add nothing to an approval."""

AFFIXES = """
请你 请 請 麻烦 快 马上 立即 立刻 现在 現在 任务 任務 它 这个 吧 了 啊 一下 工作 运行 運行 执行 執行 程序
今すぐ 直ちに タスク を してください して下さい して しろ ください 下さい です ます よ
지금 즉시 당장 작업 작업을 해주세요 해 줘 해줘 하세요 해라 합니다 해 주세요 줘 요 ครับ ค่ะ นะ
"""
"""Endings and beginnings that add nothing, in languages that write words without spaces."""

NEGATIONS = """
don't dont not never doesn't won't shouldn't can't cannot without nicht kein nie niemals ne pas jamais nunca jamás mai
niet nooit не никогда ніколи değil yok मत بدون لا
"""
"""Words that turn a sentence with a command into its opposite."""

RESERVATIONS = """
but except only if unless however although after until when once provided instead without not don't dont wait change
aber nur wenn außer jedoch sondern mais sauf si seulement pero salvo excepto solo ma però tranne mas exceto maar behalve
ale tylko oprócz ama fakat ancak yalnız но только кроме если але лише крім якщо لكن إلا लेकिन पर सिर्फ
但 但是 只 でも ただ
"""
"""Words that make an approval conditional."""

BECAUSE = """
because cause since for due weil denn da porque car parce perché poiché pois omdat want bo ponieważ gdyż çünkü потому
поскольку тому бо لأن क्योंकि 因为 因為
"""
"""Words between a rejection and its reason."""

SHORTCODES: Mapping[str, str] = {
    "octagonal_sign": "🛑",
    "stop_sign": "🛑",
    "stop_button": "⏹",
    "no_entry": "⛔",
    "white_check_mark": "✅",
    "heavy_check_mark": "✔",
    "ballot_box_with_check": "☑",
    "thumbsup": "👍",
    "+1": "👍",
    "ok_hand": "👌",
    "ok": "🆗",
    "thumbsdown": "👎",
    "-1": "👎",
    "x": "❌",
    "no_entry_sign": "🚫",
}
"""Discord's names of the emoji above, which people write where the client does not replace the name."""
