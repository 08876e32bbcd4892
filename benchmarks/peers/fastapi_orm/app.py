"""What a competent Python team would write: FastAPI, SQLAlchemy's async ORM on asyncpg, Pydantic, uvicorn.

One process is gateway and service at once. Only `GET` and `POST /api/v1/students` are here.
"""

import datetime as dt
import gc
import os
import re
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal
from uuid import UUID

import jwt
import uvicorn
from cryptography.hazmat.primitives.serialization import load_pem_public_key
from fastapi import Depends, FastAPI, Query, Request
from fastapi.exceptions import RequestValidationError
from fastapi.middleware.cors import CORSMiddleware
from fastapi.responses import JSONResponse
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from limits import parse
from limits.aio.storage import MemoryStorage
from limits.aio.strategies import FixedWindowRateLimiter
from pydantic import AfterValidator, BaseModel, ConfigDict, EmailStr, StringConstraints
from sqlalchemy import DateTime, FetchedValue, Text, func, make_url, select
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, async_sessionmaker, create_async_engine
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column
from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

ISSUER = os.environ["PEER_ISSUER"]
AUDIENCE = os.environ["PEER_AUDIENCE"]
PUBLIC_KEY: Any = load_pem_public_key(Path(os.environ["PEER_PUBLIC_KEY"]).read_bytes())
DATABASES = {os.environ["PEER_TENANT_ID"]: os.environ["PEER_DATABASE_URL"]}
POOL_SIZE = 10
REQUESTS_PER_ADDRESS = parse("100000000/minute")

# ---------------------------------------------------------------- tables


class Base(DeclarativeBase):
    type_annotation_map = {str: Text, dict[str, Any]: JSONB, dt.datetime: DateTime(timezone=True)}  # noqa: RUF012 - SQLAlchemy's own declarative style


class Student(Base):
    __tablename__ = "students"
    __table_args__ = {"schema": "peer"}  # noqa: RUF012

    id: Mapped[UUID] = mapped_column(primary_key=True, server_default=FetchedValue())
    student_code: Mapped[str] = mapped_column(server_default=FetchedValue())
    first_name: Mapped[str]
    last_name: Mapped[str | None]
    email: Mapped[str | None]
    phone: Mapped[str | None]
    status: Mapped[str] = mapped_column(default="active")
    library_id: Mapped[UUID | None]
    date_of_birth: Mapped[dt.date | None]
    gender: Mapped[str | None]
    city: Mapped[str | None]
    enrollment_date: Mapped[dt.date] = mapped_column(server_default=FetchedValue())
    version: Mapped[int] = mapped_column(default=1)
    created_at: Mapped[dt.datetime] = mapped_column(server_default=FetchedValue())
    updated_at: Mapped[dt.datetime] = mapped_column(server_default=FetchedValue())
    deleted_at: Mapped[dt.datetime | None]


class AuditEntry(Base):
    __tablename__ = "audit"
    __table_args__ = {"schema": "peer"}  # noqa: RUF012

    id: Mapped[int] = mapped_column(primary_key=True)
    actor: Mapped[str]
    action: Mapped[str]
    entity_id: Mapped[UUID]
    after: Mapped[dict[str, Any]]
    at: Mapped[dt.datetime] = mapped_column(server_default=FetchedValue())


# ---------------------------------------------------------------- bodies


def with_country_code(phone: str) -> str:
    return phone if phone.startswith("+") else f"+91{phone}"


class NewStudent(BaseModel):
    model_config = ConfigDict(extra="forbid")

    first_name: Annotated[str, StringConstraints(min_length=1, max_length=100)]
    last_name: Annotated[str, StringConstraints(max_length=100)] | None = None
    email: EmailStr | None = None
    phone: (
        Annotated[
            str,
            StringConstraints(pattern=r"^(\+[1-9][0-9]{7,14}|[6-9][0-9]{9})$"),
            AfterValidator(with_country_code),
        ]
        | None
    ) = None
    date_of_birth: dt.date | None = None
    gender: Literal["female", "male", "other"] | None = None
    city: Annotated[str, StringConstraints(max_length=100)] | None = None


class StudentView(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    id: UUID
    student_code: str
    first_name: str
    last_name: str | None
    email: str | None
    phone: str | None
    status: str
    library_id: UUID | None
    date_of_birth: dt.date | None
    gender: str | None
    city: str | None
    enrollment_date: dt.date
    version: int
    created_at: dt.datetime
    updated_at: dt.datetime


class Pagination(BaseModel):
    page: int
    limit: int
    total: int
    total_pages: int
    has_next: bool
    has_prev: bool


class StudentAnswer(BaseModel):
    success: Literal[True]
    data: StudentView


class StudentList(BaseModel):
    success: Literal[True]
    data: list[StudentView]
    pagination: Pagination


# ---------------------------------------------------------------- errors


class ApiError(Exception):
    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message


def error_response(request: Request, status: int, error: dict[str, Any]) -> JSONResponse:
    return JSONResponse(
        {"success": False, "error": error | {"request_id": request.state.request_id}}, status_code=status
    )


async def on_api_error(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, ApiError)
    return error_response(request, error.status, {"code": error.code, "message": error.message})


async def on_validation_error(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, RequestValidationError)
    details = [
        {"field": ".".join(map(str, fault["loc"][1:])), "message": fault["msg"], "code": fault["type"]}
        for fault in error.errors()
    ]
    return error_response(
        request,
        400,
        {"code": "VALIDATION_ERROR", "message": "Some fields are not valid.", "details": details},
    )


# ---------------------------------------------------------------- the edge: request id, limit, headers

SANE_REQUEST_ID = re.compile(rb"[A-Za-z0-9._-]{8,64}")
SECURITY_HEADERS = [  # what @fastify/helmet sends by default, for the same bytes on the wire
    (
        b"content-security-policy",
        (
            b"default-src 'self';base-uri 'self';font-src 'self' https: data:;form-action 'self';"
            b"frame-ancestors 'self';img-src 'self' data:;object-src 'none';script-src 'self';"
            b"script-src-attr 'none';style-src 'self' https: 'unsafe-inline';upgrade-insecure-requests"
        ),
    ),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"origin-agent-cluster", b"?1"),
    (b"referrer-policy", b"no-referrer"),
    (b"strict-transport-security", b"max-age=31536000; includeSubDomains"),
    (b"x-content-type-options", b"nosniff"),
    (b"x-dns-prefetch-control", b"off"),
    (b"x-download-options", b"noopen"),
    (b"x-frame-options", b"SAMEORIGIN"),
    (b"x-permitted-cross-domain-policies", b"none"),
    (b"x-xss-protection", b"0"),
]


class EdgeMiddleware:
    """Pure ASGI: `BaseHTTPMiddleware` would cost a task and a queue for every request."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self._limiter = FixedWindowRateLimiter(MemoryStorage())

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        given = next((value for name, value in scope["headers"] if name == b"x-request-id"), b"")
        request_id = given if SANE_REQUEST_ID.fullmatch(given) else secrets.token_hex(16).encode()
        scope.setdefault("state", {})["request_id"] = request_id.decode()

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).raw.extend([*SECURITY_HEADERS, (b"x-request-id", request_id)])
            await send(message)

        client = scope.get("client")
        if await self._limiter.hit(REQUESTS_PER_ADDRESS, client[0] if client else "unknown"):
            await self._app(scope, receive, send_with_headers)
            return
        refusal = error_response(
            Request(scope), 429, {"code": "RATE_LIMITED", "message": "Too many requests. Wait a minute."}
        )
        refusal.headers["Retry-After"] = "60"
        await refusal(scope, receive, send_with_headers)


# ---------------------------------------------------------------- who asks, and which database


@dataclass(frozen=True, slots=True)
class Caller:
    account_id: str
    tenant_id: str
    role: str


bearer = HTTPBearer(auto_error=False)


async def current_caller(
    credentials: Annotated[HTTPAuthorizationCredentials | None, Depends(bearer)],
) -> Caller:
    if credentials is None:
        raise ApiError(401, "UNAUTHENTICATED", "Send a bearer token.")
    try:
        token = jwt.decode_complete(
            credentials.credentials,
            PUBLIC_KEY,
            algorithms=["EdDSA"],
            issuer=ISSUER,
            audience=AUDIENCE,
            options={"require": ["iss", "aud", "sub", "exp", "tenant_id", "role"]},
        )
    except jwt.InvalidTokenError:
        raise ApiError(401, "INVALID_TOKEN", "The token is not valid. Sign in again.") from None
    if token["header"].get("typ") != "at+jwt":
        raise ApiError(401, "INVALID_TOKEN", "The token is not an access token.")
    claims = token["payload"]
    return Caller(account_id=claims["sub"], tenant_id=claims["tenant_id"], role=claims["role"])


async def current_owner(caller: Annotated[Caller, Depends(current_caller)]) -> Caller:
    if caller.role != "owner":
        raise ApiError(403, "FORBIDDEN", "Only an owner may do this.")
    return caller


Owner = Annotated[Caller, Depends(current_owner)]

engines: dict[str, AsyncEngine] = {}
sessions: dict[str, async_sessionmaker[AsyncSession]] = {}


@asynccontextmanager
async def lifespan(_: FastAPI) -> AsyncIterator[None]:
    for tenant_id, url in DATABASES.items():
        engine = create_async_engine(
            make_url(url).set(drivername="postgresql+asyncpg"), pool_size=POOL_SIZE, max_overflow=0
        )
        engines[tenant_id] = engine
        sessions[tenant_id] = async_sessionmaker(engine, expire_on_commit=False)
    gc.collect()
    gc.freeze()  # what was imported stays; a full collection need not walk it again and again
    gc.set_threshold(50_000, 50, 50)
    yield
    for engine in engines.values():
        await engine.dispose()


async def tenant_session(owner: Owner) -> AsyncIterator[AsyncSession]:
    new_session = sessions.get(owner.tenant_id)
    if new_session is None:
        raise ApiError(404, "TENANT_NOT_FOUND", "There is no such tenant.")
    async with new_session() as session:
        yield session


Session = Annotated[AsyncSession, Depends(tenant_session)]

# ---------------------------------------------------------------- routes

app = FastAPI(
    title="StudySpot's FastAPI peer",
    lifespan=lifespan,
    exception_handlers={ApiError: on_api_error, RequestValidationError: on_validation_error},
)
app.add_middleware(CORSMiddleware, allow_origins=["https://app.example.com"], allow_methods=["*"])
app.add_middleware(EdgeMiddleware)


@app.get("/health")
async def health() -> dict[str, str]:
    return {"status": "ok"}


@app.get("/api/v1/students", response_model=StudentList)
async def list_students(
    session: Session,
    page: Annotated[int, Query(ge=1, le=1_000_000)] = 1,
    limit: Annotated[int, Query(ge=1, le=100)] = 20,
) -> Any:
    kept = Student.deleted_at.is_(None)
    total = await session.scalar(select(func.count()).select_from(Student).where(kept)) or 0
    students = await session.scalars(
        select(Student)
        .where(kept)
        .order_by(Student.created_at.desc(), Student.id.desc())
        .limit(limit)
        .offset((page - 1) * limit)
    )
    total_pages = -(-total // limit)
    return {
        "success": True,
        "data": students.all(),
        "pagination": {
            "page": page,
            "limit": limit,
            "total": total,
            "total_pages": total_pages,
            "has_next": page < total_pages,
            "has_prev": page > 1,
        },
    }


@app.post("/api/v1/students", status_code=201, response_model=StudentAnswer)
async def create_student(session: Session, owner: Owner, body: NewStudent) -> Any:
    student = Student(**body.model_dump())
    session.add(student)
    try:
        await session.flush()
    except IntegrityError as error:
        if "students_phone_key" in str(error.orig):
            raise ApiError(409, "PHONE_TAKEN", "Another student has this phone number.") from None
        raise
    view = StudentView.model_validate(student)
    session.add(
        AuditEntry(
            actor=owner.account_id,
            action="student.created",
            entity_id=student.id,
            after=view.model_dump(mode="json"),
        )
    )
    await session.commit()
    return {"success": True, "data": view}


if __name__ == "__main__":
    uvicorn.run(
        app,
        host="127.0.0.1",
        port=int(os.environ["PEER_PORT"]),
        loop="uvloop",
        http="httptools",
        ws="none",
        proxy_headers=False,
        access_log=False,
        log_level="warning",
        server_header=False,
        timeout_keep_alive=75,
    )
