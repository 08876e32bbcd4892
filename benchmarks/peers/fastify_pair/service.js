// The service behind the gateway: verifies the token, picks the tenant's pool, lists and creates students.

import { readFileSync } from 'node:fs'
import jwt from '@fastify/jwt'
import Fastify from 'fastify'
import pg from 'pg'

const POOL_SIZE = 10
const UNIQUE_VIOLATION = '23505'

pg.types.setTypeParser(pg.types.builtins.DATE, (text) => text) // a date has no time zone; keep it as it is written

const pools = new Map([
  [
    process.env.PEER_TENANT_ID,
    new pg.Pool({ connectionString: process.env.PEER_DATABASE_URL, max: POOL_SIZE, idleTimeoutMillis: 0 })
  ]
])

class ApiError extends Error {
  constructor (statusCode, code, message) {
    super(message)
    this.statusCode = statusCode
    this.code = code
  }
}

const text = { type: 'string' }
const textOrNull = { type: 'string', nullable: true }

const student = {
  $id: 'student',
  type: 'object',
  properties: {
    id: text,
    student_code: text,
    first_name: text,
    last_name: textOrNull,
    email: textOrNull,
    phone: textOrNull,
    status: text,
    library_id: textOrNull,
    date_of_birth: textOrNull,
    gender: textOrNull,
    city: textOrNull,
    enrollment_date: text,
    version: { type: 'integer' },
    created_at: { type: 'string', format: 'date-time' },
    updated_at: { type: 'string', format: 'date-time' }
  }
}
const COLUMNS = Object.keys(student.properties).join(', ')

const listSchema = {
  querystring: {
    type: 'object',
    additionalProperties: false,
    properties: {
      page: { type: 'integer', minimum: 1, maximum: 1_000_000, default: 1 },
      limit: { type: 'integer', minimum: 1, maximum: 100, default: 20 }
    }
  },
  response: {
    200: {
      type: 'object',
      properties: {
        success: { type: 'boolean' },
        data: { type: 'array', items: { $ref: 'student#' } },
        pagination: {
          type: 'object',
          properties: {
            page: { type: 'integer' },
            limit: { type: 'integer' },
            total: { type: 'integer' },
            total_pages: { type: 'integer' },
            has_next: { type: 'boolean' },
            has_prev: { type: 'boolean' }
          }
        }
      }
    }
  }
}

const createSchema = {
  body: {
    type: 'object',
    additionalProperties: false,
    required: ['first_name'],
    properties: {
      first_name: { type: 'string', minLength: 1, maxLength: 100 },
      last_name: { type: 'string', maxLength: 100, nullable: true },
      email: { type: 'string', format: 'email', maxLength: 254, nullable: true },
      phone: { type: 'string', pattern: '^(\\+[1-9][0-9]{7,14}|[6-9][0-9]{9})$', nullable: true },
      date_of_birth: { type: 'string', format: 'date', nullable: true },
      gender: { type: 'string', enum: ['female', 'male', 'other', null], nullable: true },
      city: { type: 'string', maxLength: 100, nullable: true }
    }
  },
  response: {
    201: {
      type: 'object',
      properties: { success: { type: 'boolean' }, data: { $ref: 'student#' } }
    }
  }
}

// A statement with a name is prepared once for each connection, as asyncpg does by itself.
const COUNT_STUDENTS = {
  name: 'count_students',
  text: 'SELECT count(*)::int AS total FROM peer.students WHERE deleted_at IS NULL'
}
const LIST_STUDENTS = {
  name: 'list_students',
  text: `SELECT ${COLUMNS} FROM peer.students WHERE deleted_at IS NULL
         ORDER BY created_at DESC, id DESC LIMIT $1 OFFSET $2`
}
const INSERT_STUDENT = {
  name: 'insert_student',
  text: `INSERT INTO peer.students (first_name, last_name, email, phone, date_of_birth, gender, city)
         VALUES ($1, $2, $3, $4, $5, $6, $7) RETURNING ${COLUMNS}`
}
const INSERT_AUDIT = {
  name: 'insert_audit',
  text: 'INSERT INTO peer.audit (actor, action, entity_id, after) VALUES ($1, $2, $3, $4)'
}

const app = Fastify({
  logger: false,
  requestIdHeader: 'x-request-id',
  ajv: { customOptions: { allErrors: true, removeAdditional: false } }
})
app.addSchema(student)

await app.register(jwt, {
  secret: { public: readFileSync(process.env.PEER_PUBLIC_KEY, 'utf8') },
  verify: {
    algorithms: ['EdDSA'],
    allowedIss: process.env.PEER_ISSUER,
    allowedAud: process.env.PEER_AUDIENCE,
    requiredClaims: ['iss', 'aud', 'sub', 'exp', 'tenant_id', 'role'],
    checkTyp: 'at+jwt',
    cache: 10_000
  }
})

app.setErrorHandler((error, request, reply) => {
  const body = { code: error.code, message: error.message, request_id: request.id }
  let status = error.statusCode ?? 500
  if (error.validation) {
    status = 400
    body.code = 'VALIDATION_ERROR'
    body.message = 'Some fields are not valid.'
    body.details = error.validation.map((fault) => ({
      field: fault.instancePath.slice(1) || fault.params.missingProperty || fault.params.additionalProperty,
      message: fault.message,
      code: fault.keyword
    }))
  } else if (status === 401 || error.code?.startsWith('FAST_JWT_')) {
    status = 401
    body.code = 'INVALID_TOKEN'
    body.message = 'The token is not valid. Sign in again.'
  } else if (status >= 500) {
    console.error(error)
    body.code = 'INTERNAL_ERROR'
    body.message = 'Something went wrong on our side.'
  }
  return reply.code(status).send({ success: false, error: body })
})

app.decorateRequest('pool', null)

async function authorizeOwner (request) {
  await request.jwtVerify()
  if (request.user.role !== 'owner') throw new ApiError(403, 'FORBIDDEN', 'Only an owner may do this.')
  request.pool = pools.get(request.user.tenant_id)
  if (!request.pool) throw new ApiError(404, 'TENANT_NOT_FOUND', 'There is no such tenant.')
}

app.get('/health', async () => ({ status: 'ok' }))

app.get('/api/v1/students', { schema: listSchema, onRequest: authorizeOwner }, async (request) => {
  const { page, limit } = request.query
  const [counted, listed] = await Promise.all([
    request.pool.query(COUNT_STUDENTS),
    request.pool.query({ ...LIST_STUDENTS, values: [limit, (page - 1) * limit] })
  ])
  const { total } = counted.rows[0]
  const totalPages = Math.ceil(total / limit)
  return {
    success: true,
    data: listed.rows,
    pagination: {
      page,
      limit,
      total,
      total_pages: totalPages,
      has_next: page < totalPages,
      has_prev: page > 1
    }
  }
})

app.post('/api/v1/students', { schema: createSchema, onRequest: authorizeOwner }, async (request, reply) => {
  const body = request.body
  const phone = body.phone && !body.phone.startsWith('+') ? `+91${body.phone}` : body.phone
  const client = await request.pool.connect()
  try {
    await client.query('BEGIN')
    const inserted = await client.query({
      ...INSERT_STUDENT,
      values: [body.first_name, body.last_name, body.email, phone, body.date_of_birth, body.gender, body.city]
    })
    const created = inserted.rows[0]
    await client.query({
      ...INSERT_AUDIT,
      values: [request.user.sub, 'student.created', created.id, JSON.stringify(created)]
    })
    await client.query('COMMIT')
    reply.code(201)
    return { success: true, data: created }
  } catch (error) {
    await client.query('ROLLBACK')
    if (error.code === UNIQUE_VIOLATION && error.constraint === 'students_phone_key') {
      throw new ApiError(409, 'PHONE_TAKEN', 'Another student has this phone number.')
    }
    throw error
  } finally {
    client.release()
  }
})

app.addHook('onClose', () => Promise.all([...pools.values()].map((pool) => pool.end())))
process.once('SIGTERM', () => app.close())
await app.listen({ host: '127.0.0.1', port: Number(process.env.PEER_PORT) })
