// How the generated types are used. Compiling this is the test: each `@ts-expect-error` is a mistake they must catch.
import createClient from "openapi-fetch";
import type { components, paths } from "./build/studyspot.js";

type Student = components["schemas"]["Student"];

const api = createClient<paths>({ baseUrl: "http://127.0.0.1:3000" });

export async function signIn(email: string, password: string): Promise<string> {
  const { data, error } = await api.POST("/api/v1/auth/login", { body: { email, password } });
  if (error) throw new Error(`${error.error.code}: ${error.error.message} (${error.error.request_id})`);
  return data.data.tokens.access_token;
}

export async function* students(token: string, search?: string): AsyncGenerator<Student> {
  for (let page = 1; ; page++) {
    const { data, error } = await api.GET("/api/v1/students", {
      headers: { authorization: `Bearer ${token}` },
      params: { query: { page, limit: 100, status: "active", ...(search === undefined ? {} : { search }) } },
    });
    if (error) throw new Error(error.error.message);
    yield* data.data;
    if (!data.pagination.has_next) return;
  }
}

export async function mistakes(student: Student): Promise<void> {
  // @ts-expect-error: there is no such address
  await api.GET("/api/v1/pupils");
  // @ts-expect-error: a business needs a name
  await api.POST("/api/v1/auth/register", { body: { first_name: "Asha", email: "asha@example.in", password: "a seat" } });
  // @ts-expect-error: "asleep" is no status
  await api.GET("/api/v1/students", { params: { query: { status: "asleep" } } });
  // @ts-expect-error: a phone is text
  const phone: number = student.phone;
  console.log(phone);
}
