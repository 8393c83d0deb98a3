-- A copy of production never writes to debtors: collection is paused, and whoever
-- ends the pause is still in test mode, with an address that exists nowhere unless the
-- company has one of its own.
UPDATE res_company
   SET debt_collection_paused = TRUE,
       debt_collection_test_mode = TRUE,
       debt_collection_test_email = COALESCE(
           NULLIF(debt_collection_test_email, ''), 'collection@neutralized.invalid');

-- Mails that wait in the queue are taken back, those of plans, disputes, codes and
-- partners too; letters are handed over anew.
UPDATE mail_mail
   SET state = 'cancel'
 WHERE state = 'outgoing'
   AND (id IN (SELECT mail_id FROM debt_collection_delivery WHERE state = 'to_send')
        OR mail_message_id IN (
            SELECT id FROM mail_message WHERE starts_with(model, 'debt.collection.')));
UPDATE debt_collection_delivery
   SET handed_over = FALSE, mail_id = NULL
 WHERE state = 'to_send' AND mail_id IS NOT NULL;

-- So are letters and messages that wait at a service, where one is installed.
DO $$
BEGIN
    IF to_regclass('snailmail_letter') IS NOT NULL THEN
        UPDATE snailmail_letter SET state = 'canceled'
         WHERE state = 'pending' AND id IN (
             SELECT snailmail_ref FROM debt_collection_delivery
              WHERE state = 'to_send');
        UPDATE debt_collection_delivery SET handed_over = FALSE, snailmail_ref = 0
         WHERE state = 'to_send' AND snailmail_ref <> 0;
    END IF;
    IF to_regclass('sms_sms') IS NOT NULL THEN
        UPDATE sms_sms SET state = 'canceled' WHERE state = 'outgoing';
    END IF;
END $$;
