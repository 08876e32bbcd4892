-- The load of benchmarks/load.py for wrk, and its result as one line of JSON.
local token = os.getenv("BENCH_TOKEN")
local phone = tonumber(os.getenv("BENCH_FIRST_PHONE"))

wrk.headers["Authorization"] = "Bearer " .. token

if os.getenv("BENCH_METHOD") == "POST" then
  wrk.headers["Content-Type"] = "application/json"
  request = function()
    phone = phone + 1
    local body = string.format(
      '{"first_name":"Asha","last_name":"Rao","email":"asha%d@example.com","phone":"%d",' ..
      '"date_of_birth":"2001-02-03","gender":"female","city":"Kota"}', phone, phone)
    return wrk.format("POST", nil, nil, body)
  end
end

done = function(summary, latency, requests)
  local e = summary.errors
  io.write(string.format(
    'RESULT {"requests":%d,"seconds":%.6f,"errors":%d,"p50_ms":%.4f,"p99_ms":%.4f}\n',
    summary.requests, summary.duration / 1e6, e.connect + e.read + e.write + e.status + e.timeout,
    latency:percentile(50) / 1e3, latency:percentile(99) / 1e3))
end
