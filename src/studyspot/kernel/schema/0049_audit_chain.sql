-- The trail is a chain: each link takes in the one before it and the entry it is for. An entry that was changed,
-- removed or slipped in behind the application's back is found by whoever walks along it (`audit.faults`).
CREATE TABLE audit.links (
    sequence bigint PRIMARY KEY CHECK (sequence > 0),
    entry_id uuid NOT NULL UNIQUE REFERENCES audit.entries,
    salt bytea CHECK (length(salt) = 16),
    content bytea NOT NULL CHECK (length(content) = 32),
    hash bytea NOT NULL CHECK (length(hash) = 32),
    forgotten_for uuid,
    CHECK ((salt IS NULL) = (forgotten_for IS NOT NULL))
);
COMMENT ON COLUMN audit.links.salt IS 'NULL when what the entry was about has been forgotten, for somebody who is erased.';

CREATE TABLE audit.left_behind (entry_id uuid PRIMARY KEY REFERENCES audit.entries);
COMMENT ON TABLE audit.left_behind IS
    'Internal: entries of those who committed while somebody else was linking: the next one links them, nobody waits.';

-- Names of others that stand beside their ids may be forgotten without a trace.
CREATE FUNCTION audit.content_of(salt bytea, before jsonb, after jsonb) RETURNS bytea LANGUAGE sql STABLE
    RETURN sha256(
        salt || convert_to(
            jsonb_build_array(
                before - ARRAY['student_name', 'referrer_name', 'referred_name'],
                after - ARRAY['student_name', 'referrer_name', 'referred_name']
            )::text, 'UTF8'
        )
    );

CREATE FUNCTION audit.hash_of(previous bytea, sequence bigint, content bytea, entry audit.entries) RETURNS bytea
    LANGUAGE sql STABLE RETURN sha256(
        previous || content || convert_to(
            jsonb_build_array(
                sequence, entry.id, extract(epoch FROM entry.at), entry.account_id, entry.role, entry.action,
                entry.entity, entry.entity_id, entry.request_id
            )::text, 'UTF8'
        )
    );

CREATE FUNCTION audit.add_link(entry uuid) RETURNS void LANGUAGE plpgsql SET search_path = '' AS $$
DECLARE
    linked audit.entries;
    last audit.links;
    salt bytea := uuid_send(gen_random_uuid());
    content bytea;
BEGIN
    SELECT * INTO STRICT linked FROM audit.entries WHERE id = entry;
    SELECT * INTO last FROM audit.links ORDER BY sequence DESC LIMIT 1;
    content := audit.content_of(salt, linked.before, linked.after);
    INSERT INTO audit.links (sequence, entry_id, salt, content, hash) VALUES (
        coalesce(last.sequence, 0) + 1, entry, salt, content,
        audit.hash_of(coalesce(last.hash, ''), coalesce(last.sequence, 0) + 1, content, linked)
    );
END $$;

-- Whether the chain is ours to add to until the commit. Nobody waits for it: that could be a deadlock, and a
-- business would commit one change after the other.
CREATE FUNCTION audit.take_chain() RETURNS boolean LANGUAGE sql RETURN
    current_setting('transaction_isolation') = 'read committed'
    AND pg_try_advisory_xact_lock(hashtextextended('audit.links', 0));

CREATE FUNCTION audit.link_left_behind(entries_max integer) RETURNS void LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = '' AS $$
DECLARE
    late uuid;
BEGIN
    IF audit.take_chain() THEN
        FOR late IN SELECT entry_id FROM audit.left_behind ORDER BY entry_id LIMIT entries_max LOOP
            PERFORM audit.add_link(late);
            DELETE FROM audit.left_behind WHERE entry_id = late;
        END LOOP;
    END IF;
END $$;

CREATE FUNCTION audit.link_entry() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = '' AS $$
BEGIN
    IF audit.take_chain() THEN
        IF EXISTS (SELECT FROM audit.left_behind) THEN
            PERFORM audit.link_left_behind(50);
        END IF;
        PERFORM audit.add_link(NEW.id);
    ELSE
        INSERT INTO audit.left_behind VALUES (NEW.id);
    END IF;
    RETURN NULL;
END $$;

-- For whoever blanks entries about somebody who is erased: nobody can guess from the links what stood there.
CREATE FUNCTION audit.forget(entries uuid[], subject uuid) RETURNS void LANGUAGE sql SET search_path = '' AS $$
    UPDATE audit.links SET salt = NULL, forgotten_for = subject WHERE entry_id = ANY (entries)
$$;

-- What is wrong with so many links after that one. An entry is late when it says that it is much older than one that was
-- committed before it. One that is forgotten is empty, and the trail says that somebody was erased.
CREATE FUNCTION audit.faults(after_sequence bigint, links_max integer)
    RETURNS TABLE (sequence bigint, entry_id uuid, fault text) LANGUAGE sql STABLE
BEGIN ATOMIC
    SELECT sequence, entry_id, fault
    FROM (
        SELECT link.sequence, link.entry_id,
            CASE
                WHEN link.sequence <> coalesce(lag(link.sequence) OVER along, 0) + 1 THEN 'link_missing'
                WHEN entry.id IS NULL THEN 'entry_missing'
                WHEN link.hash IS DISTINCT FROM audit.hash_of(
                    coalesce(lag(link.hash) OVER along, ''), link.sequence, link.content, entry
                ) THEN 'entry_changed'
                WHEN link.salt IS NOT NULL
                    AND link.content IS DISTINCT FROM audit.content_of(link.salt, entry.before, entry.after)
                    THEN 'entry_changed'
                WHEN link.salt IS NULL AND (
                    num_nonnulls(entry.before, entry.after) > 0 OR NOT EXISTS (
                        SELECT FROM audit.entries erased JOIN audit.links known ON known.entry_id = erased.id
                        WHERE erased.action LIKE '%:erase' AND erased.entity_id = link.forgotten_for
                    )
                ) THEN 'entry_changed'
                WHEN entry.at < max(entry.at) OVER (along ROWS UNBOUNDED PRECEDING) - interval '1 hour'
                    THEN 'entry_late'
            END AS fault
        FROM audit.links link LEFT JOIN audit.entries entry ON entry.id = link.entry_id
        WHERE link.sequence BETWEEN after_sequence AND after_sequence + links_max
        WINDOW along AS (ORDER BY link.sequence)
    ) walked
    WHERE fault IS NOT NULL AND sequence > after_sequence
    ORDER BY sequence;
END;

-- Entries that came past the application.
CREATE FUNCTION audit.unlinked(entries_max integer) RETURNS SETOF uuid LANGUAGE sql STABLE
BEGIN ATOMIC
    SELECT entry.id FROM audit.entries entry
    WHERE NOT EXISTS (SELECT FROM audit.links link WHERE link.entry_id = entry.id)
        AND NOT EXISTS (SELECT FROM audit.left_behind late WHERE late.entry_id = entry.id)
    ORDER BY entry.id LIMIT entries_max;
END;

INSERT INTO audit.left_behind SELECT id FROM audit.entries;
CREATE CONSTRAINT TRIGGER entry_linked AFTER INSERT ON audit.entries
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION audit.link_entry();

CREATE INDEX entries_by_time ON audit.entries (at DESC, id DESC);

REVOKE ALL ON FUNCTION audit.add_link, audit.forget, audit.link_left_behind FROM PUBLIC;
GRANT EXECUTE ON FUNCTION audit.link_left_behind TO studyspot_app;
GRANT SELECT ON audit.links, audit.left_behind TO studyspot_app;
