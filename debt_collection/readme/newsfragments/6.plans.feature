Promises to pay, payment plans and "I paid": an editor that divides evenly, limits by
bands of the sum with an approver beyond them, an assessment in sentences, interest that
stands still or runs on, an acknowledgement of debt, instalments filled by the payments
that are matched, announced and chased by mail, and a case that goes on where it stood.
