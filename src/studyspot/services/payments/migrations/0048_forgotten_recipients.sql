-- A receipt of who was forgotten says so. What GST asks for stays as it was given out: the law keeps it for six years
-- (CGST Act, section 36).
DROP TRIGGER append_only ON payments.papers;
CREATE TRIGGER append_only BEFORE DELETE OR TRUNCATE ON payments.papers
    FOR EACH STATEMENT EXECUTE FUNCTION payments.refuse();
CREATE TRIGGER only_forgotten BEFORE UPDATE ON payments.papers FOR EACH ROW WHEN (
    OLD.kind <> 'receipt' OR NEW.recipient - 'name' <> '{"address": null, "state_code": null, "gstin": null}'
    OR NEW.recipient ->> 'name' <> 'Erased student'
    OR to_jsonb(NEW) - 'recipient' <> to_jsonb(OLD) - 'recipient'
) EXECUTE FUNCTION payments.refuse();

CREATE FUNCTION payments.forget_recipient(forgotten uuid) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = '' AS $$
    UPDATE payments.papers
    SET recipient = '{"name": "Erased student", "address": null, "state_code": null, "gstin": null}'
    WHERE student_id = forgotten AND kind = 'receipt';
$$;
REVOKE EXECUTE ON FUNCTION payments.forget_recipient FROM PUBLIC;
GRANT EXECUTE ON FUNCTION payments.forget_recipient TO studyspot_app;
