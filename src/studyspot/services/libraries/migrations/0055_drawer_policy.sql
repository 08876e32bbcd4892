-- Whether cash is only taken and paid out by who has opened a session of the drawer.
ALTER TABLE libraries.libraries ADD COLUMN needs_drawer_session boolean NOT NULL DEFAULT false;
