-- One enterprise's request budget, decided in one place for all processes. Times are seconds of this server's clock.
-- KEYS: state (hash) | requests in flight (sorted set: token, moment it is given up) | use by hour (hash; `began`).
-- ARGV: what to do, its arguments as JSON. The words used here are explained in docs/architecture.md, "The budget".
local GUARD, SAME = 1, 2 -- whole seconds in headers: wait that much longer; ends that near are the same window
local time, a, s = redis.call('TIME'), cjson.decode(ARGV[2]), {}
local now, fields = time[1] + time[2] / 1e6, redis.call('HGETALL', KEYS[1])
for i = 1, #fields, 2 do s[fields[i]] = tonumber(fields[i + 1]) end
local function of(name) return s[name] or 0 end
local function lose(requests, at) s.lost, s.lost_at = of('lost') + requests, math.max(of('lost_at'), at) end
local returned = a.token and redis.call('ZREM', KEYS[2], a.token) or 0
local given_up = redis.call('ZRANGEBYSCORE', KEYS[2], '-inf', now, 'WITHSCORES') -- their senders died
if #given_up > 0 then lose(redis.call('ZREMRANGEBYSCORE', KEYS[2], '-inf', now), tonumber(given_up[#given_up])) end
local flight = redis.call('ZCARD', KEYS[2])

local function count(what, by)
  redis.call('HSETNX', KEYS[3], 'began', string.format('%.6f', now)) -- tells the reader that it was lost meanwhile
  redis.call('HINCRBY', KEYS[3], string.format('%d:%s:%s', now - now % 3600, a.class, what), by or 1)
  redis.call('EXPIRE', KEYS[3], 172800)
end

local function open(limit, left, ends) -- a window begins, or is seen for the first time
  local is_first_sight = not s.ends
  for name in pairs(s) do if name:sub(1, 2) == 'n_' then s[name] = nil end end
  s.limit, s.left, s.ends, s.since, s.seen_at, s.stop_until = limit, left, ends, now, now, nil
  s.probe_until = nil
  s.others, s.others_then, s.others_at, s.base, s.done = 0, 0, now, limit - left, 0
  s.own, s.lost, s.lost_at = flight + 1, 0, 0
  if is_first_sight then -- requests under way were forgotten with the state: their answers are still to come
    s.own, s.forgotten_until = limit - left, now + 1
  end
end

local function span() -- seconds of this window in all, and left; so long before its end the reserves have melted
  local length = s.ends - s.since
  return length, math.max(0, s.ends - of('blur') - now), 2 + length / 100
end

local function melting(share, limit)
  local length, left, tail = span()
  return share * limit * math.max(0, left - tail) / math.max(1, length - tail)
end

local function demand_on(share) -- a second, of people and of others who use the same key
  if share <= 0 then return 0 end
  return 1.5 * (of('n_interactive') + of('others')) / math.max(now - s.since, span() / 10)
end

local function decide() -- 0: go; else seconds to wait, and why
  if of('stop_until') > now then return s.stop_until - now, 'stopped' end
  if s.left and now >= s.ends + GUARD then s.left, s.probe_until, s.blind_at = nil, nil, now end
  local memory = a.memory -- what the asking process was told last: it heals a state that was lost or is older
  if memory and not s.ends and memory.left <= memory.limit / 50 then
    open(memory.limit, memory.left, now + memory.ends_in)
  elseif memory and s.left and memory.limit == s.limit and math.abs(s.ends - now - memory.ends_in) < SAME then
    s.left = math.min(s.left, memory.left)
  end
  if not s.left then -- exactly one request asks the platform; the others wait for what it learns
    if of('probe_until') > now then return 0.01, 'probe' end
    s.probe_until = now + a.probe
    return 0, 'probe'
  end
  local limit = math.min(s.limit, a.cap or s.limit)
  local free = s.left - flight - of('lost') -- those under way may be counted in `left` already: never too much
  if of('forgotten_until') > now then free = free - math.ceil(limit / 100) end
  if a.cap then free = math.min(free, a.cap - of('own')) end
  local length, left, tail = span()
  local next_window = s.ends + GUARD - now
  local kept, demand = a.share * limit, demand_on(a.share)
  local reserve = math.max(melting(a.share, limit), demand * left)
  local age = now - s.seen_at
  local unseen = of('rate') * math.min(1, age + 2 * of('rtt') + 0.05)
    + of('others') / math.max(1, now - s.since) * math.max(0, age - 1) -- what others may have used since
  local room = free - math.max(math.floor(limit * a.margin), of('rate') > 0 and 3 + math.ceil(2 * unseen) or 0)
  if a.share > 0 then room = room - math.floor(limit * a.floor) end
  if room - reserve >= 1 then return 0 end
  if a.is_urgent and flight == 0 and age > 30 and free >= 1 then return 0 end -- better one look than a guess
  if a.cap and of('own') >= a.cap then return next_window, 'cap' end
  if flight > 0 and room + flight - reserve >= 1 then return 0.02, 'settling' end
  if room < 1 then return next_window, 'used_up' end
  local until_end = tail + (room - 1) * math.max(1, length - tail) / math.max(kept, 1e-9)
  return math.max(0.02, left - math.min(until_end, (room - 1) / math.max(demand, 1e-9))), 'reserve'
end

local function acquire()
  local wait, why = decide()
  if wait == 0 then
    s.own, s['n_' .. a.class] = of('own') + 1, of('n_' .. a.class) + 1
    redis.call('ZADD', KEYS[2], now + a.ttl, a.new_token)
    redis.call('EXPIRE', KEYS[2], 7500)
    count('granted')
  elseif a.is_first then
    count('refused')
  end
  local left, ends = s.left or -1, (s.ends or now) - now
  if why == 'stopped' then left, ends = 0, wait end
  return {string.format('%.4f', wait), why or '', string.format('%d', left), string.format('%d', of('limit')),
    string.format('%.4f', ends)}
end

local function watch_others() -- requests of this window that none of ours explains: an outsider uses the same key
  s.others = math.max(of('others'), s.limit - s.left - of('base') - s.done - flight)
  if now - s.others_at < 0.5 then return end
  s.rate = math.max((s.others - s.others_then) / (now - s.others_at), 0.9 * of('rate'))
  if s.rate < 0.05 then s.rate = nil end
  s.others_then, s.others_at = s.others, now
end

local function settle() -- an answer came (status), or none did (0)
  if not a.was_sent then
    if returned == 1 then
      s.own, s['n_' .. a.class] = math.max(0, of('own') - 1), math.max(0, of('n_' .. a.class) - 1)
      count('granted', -1)
    end
    s.probe_until = nil
    return
  end
  s.done, s.rtt = of('done') + 1, 0.8 * of('rtt') + 0.2 * math.min(a.age, 5)
  local asked_at, ends = now - a.age, now + (a.reset or s.ends and math.max(0, s.ends - now) or 3600)
  s.blur = a.blur or s.blur
  local ends_after = asked_at + (a.reset or 0) - 1
  if a.status == 429 then
    count('limited')
    s.stop_until, s.left, s.blind_at = now + math.min(3600, a.reset or 60) + GUARD, nil, now
    s.ends, s.probe_until = s.stop_until - GUARD, nil
  elseif not a.limit then
    if s.left then lose(1, now) elseif a.is_good then open(a.assumed, a.assumed - 1, now + 3600) end
    s.probe_until = nil
  elseif of('stop_until') > now then
    return -- an answer to an earlier question
  elseif not s.left then
    if ends_after > of('ends') + SAME or asked_at >= of('blind_at') then open(a.limit, a.left, ends) end
  elseif ends_after > s.ends + SAME or a.limit ~= s.limit then
    open(a.limit, a.left, ends)
  elseif ends < s.ends - SAME and asked_at < s.since then
    lose(1, now) -- a late answer of the window before
  else
    s.left, s.ends, s.seen_at = math.min(s.left, a.left), math.min(s.ends, ends), now
    if asked_at >= of('lost_at') then s.lost = 0 end
    watch_others()
  end
end

local function tell() -- for people: what each class leaves to those above it just now, and may still use itself
  if not s.left or now >= s.ends + GUARD then return end
  local limit, _, left = math.min(s.limit, a.cap or s.limit), span()
  local free = math.min(s.left - flight - of('lost'), a.cap and a.cap - of('own') or s.left)
  if of('stop_until') > now then free = 0 end
  for name, share in pairs(a.shares) do
    local keeps = math.max(melting(share, limit), demand_on(share) * left)
    if share > 0 then keeps = keeps + math.floor(limit * a.floor) end
    s['keeps_' .. name] = math.ceil(keeps)
    s['may_' .. name] = math.max(0, math.floor(free - math.floor(limit * a.margin) - keeps))
  end
end

if ARGV[1] == 'look' then
  s.now, s.flight = now, flight
  tell()
  return cjson.encode(s)
end
local answer = ARGV[1] == 'acquire' and acquire() or settle()
local flat = {}
for name, value in pairs(s) do flat[#flat + 1], flat[#flat + 2] = name, string.format('%.6f', value) end
redis.call('DEL', KEYS[1])
if #flat > 0 then redis.call('HSET', KEYS[1], unpack(flat)) redis.call('EXPIRE', KEYS[1], 7500) end
return answer
