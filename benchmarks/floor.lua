-- The load of benchmarks/floor.py for wrk: bodies from a file, one after the other; and its result as one line of
-- JSON. That somebody else has the seat (409) is an answer.
local threads = {}

function setup(thread)
  table.insert(threads, thread)
end

function init(args)
  wrk.headers["Authorization"] = "Bearer " .. os.getenv("BENCH_TOKEN")
  bodies, sent, made, lost, failed = {}, 0, 0, 0, 0
  if os.getenv("BENCH_BODIES") then
    wrk.headers["Content-Type"] = "application/json"
    for line in io.lines(os.getenv("BENCH_BODIES")) do
      table.insert(bodies, line)
    end
  end
end

function request()
  if #bodies == 0 then
    return wrk.format("GET")
  end
  sent = sent + 1
  return wrk.format("POST", nil, nil, bodies[(sent - 1) % #bodies + 1])
end

function response(status)
  if status == 409 then
    lost = lost + 1
  elseif status >= 200 and status < 300 then
    made = made + 1
  else
    failed = failed + 1
  end
end

function done(summary, latency)
  local e, sums = summary.errors, {sent = 0, made = 0, lost = 0, failed = 0}
  for _, thread in ipairs(threads) do
    for name in pairs(sums) do
      sums[name] = sums[name] + thread:get(name)
    end
  end
  io.write(string.format(
    'RESULT {"requests":%d,"seconds":%.6f,"errors":%d,"sent":%d,"lost":%d,"p50_ms":%.4f,"p99_ms":%.4f}\n',
    summary.requests, summary.duration / 1e6, e.connect + e.read + e.write + e.timeout + sums.failed, sums.sent,
    sums.lost, latency:percentile(50) / 1e3, latency:percentile(99) / 1e3))
end
