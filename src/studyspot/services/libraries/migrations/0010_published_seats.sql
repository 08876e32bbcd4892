-- For the bookings room: seats and lockers, those that were removed too, for what happened there stays.
CREATE VIEW libraries.published_seats AS
    SELECT s.id, s.library_id, s.zone_id, z.name AS zone, z.is_for_women, s.kind, s.code, s.code_order,
        s.features, s.grid_row, s.grid_column, l.time_zone, s.deleted_at IS NULL AND l.deleted_at IS NULL AS is_there
    FROM libraries.seats s
    JOIN libraries.zones z ON z.id = s.zone_id
    JOIN libraries.libraries l ON l.id = s.library_id;

GRANT SELECT ON libraries.published_seats TO studyspot_app;

-- What is taken says which kind of thing in which library it is, and is held to it.
ALTER TABLE libraries.seats ADD CONSTRAINT seat_as_it_is UNIQUE (id, library_id, kind);
