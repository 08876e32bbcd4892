-- For the bookings room: which day it is in a library.
CREATE VIEW libraries.published_libraries AS
    SELECT id, time_zone, deleted_at IS NULL AS is_there FROM libraries.libraries;

GRANT SELECT ON libraries.published_libraries TO studyspot_app;
