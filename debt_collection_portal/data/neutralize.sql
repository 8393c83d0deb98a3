-- The links in letters are those of production: none opens a page of a copy.
UPDATE debt_collection_link
   SET revoked_on = now() AT TIME ZONE 'UTC'
 WHERE revoked_on IS NULL;
