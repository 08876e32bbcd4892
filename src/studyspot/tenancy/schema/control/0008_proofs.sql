-- Which backups of a tenant were proved: asked each night before its old ones are deleted.
CREATE INDEX drills_of_tenant ON tenancy.drills (tenant_id, backup, at DESC);
