"""How tenants' databases are looked after, as the settings say."""

from datetime import timedelta
from pathlib import Path
from urllib.parse import unquote, urlsplit

from studyspot.entrypoints.addresses import secret_key
from studyspot.kernel.settings import Settings
from studyspot.kernel.vault import Vault
from studyspot.tenancy.care.care import CarePlan
from studyspot.tenancy.care.manifests import Seal
from studyspot.tenancy.care.programs import Programs
from studyspot.tenancy.care.retention import Keep
from studyspot.tenancy.care.store import S3, BackupStore


def care_plan(settings: Settings) -> CarePlan:
    return CarePlan(
        programs=Programs(settings.postgres_bin),
        store=BackupStore(_place(settings), Seal(Vault(secret_key(settings)).derive_each("backups"))),
        keep=Keep(
            settings.backups_daily,
            settings.backups_weekly,
            settings.backups_monthly,
            settings.backups_last_days,
        ),
        nightly=settings.backups_nightly,
        drill_share=settings.drill_share,
        keep_retired=timedelta(days=settings.retired_days),
        keep_deleted=timedelta(days=settings.deleted_days),
    )


def _place(settings: Settings) -> Path | S3:
    if settings.backups_url is None:
        return settings.data.resolve() / "backups"
    parts = urlsplit(settings.backups_url)
    if parts.scheme == "file":
        return Path(unquote(parts.path))
    return S3(
        bucket=parts.netloc,
        prefix=parts.path.strip("/"),
        region=settings.backups_region or "",
        key=settings.backups_key or "",
        secret=settings.backups_secret.get_secret_value() if settings.backups_secret else "",
        endpoint=settings.backups_endpoint,
    )
