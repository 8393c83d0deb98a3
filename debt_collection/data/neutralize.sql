-- A copy of production never writes to debtors: collection is paused, and whoever
-- ends the pause is still in test mode, with an address that exists nowhere unless the
-- company has one of its own.
UPDATE res_company
   SET debt_collection_paused = TRUE,
       debt_collection_test_mode = TRUE,
       debt_collection_test_email = COALESCE(
           NULLIF(debt_collection_test_email, ''), 'collection@neutralized.invalid');

-- Mails that wait in the queue are taken back; their letters are handed over anew.
UPDATE mail_mail
   SET state = 'cancel'
 WHERE state = 'outgoing'
   AND id IN (SELECT mail_id FROM debt_collection_delivery WHERE state = 'to_send');
UPDATE debt_collection_delivery
   SET handed_over = FALSE, mail_id = NULL
 WHERE state = 'to_send' AND mail_id IS NOT NULL;
