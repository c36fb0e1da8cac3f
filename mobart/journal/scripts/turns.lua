-- Put in front of every script, behind the prelude: whose turn it is.
--
-- An entry of the stream that no worker has room for waits for its turn.  It stays in the stream, and
-- in the group it is held by a consumer that no worker has; a worker that knows nothing of turns takes
-- it over like any other whose lease has ended.  So what follows says in which order entries are taken,
-- and never whether: lost, it is made anew (`rescue`); wrong, it names entries that are passed over.
--
--   {ns}:turns:<user_id>  sorted set of a user's waiting entries, the first one due first.  A member is
--                         the letter of its priority and the entry's id, the score the time at which
--                         it was added, moved by what its priority is AHEAD.  So a low one waits for
--                         what came long after it, but not for ever.
--   {ns}:turns            sorted set of the users who have such entries and may have one more taken,
--                         by the turn at which their first one is due
--   {ns}:turn             the turn that is reached: that of the entry that was taken last
--   {ns}:full             sorted set of the users who have as many jobs as they may, by the time at
--                         which that was last seen; they stand in the line again when one has ended
--   {ns}:taken:<user_id>  sorted set of a user's entries that were taken, where users have limits
--
-- A request is due COST turns after the one of the same user before it, or after the turn that is
-- reached where its user had none waiting.  That is fair queueing with a clock of its own: between two
-- requests of equal priority of one user, each other user who waits has one taken.  Nothing needs to be
-- remembered of users who have nothing waiting: what was taken last of them is never ahead of the clock.
-- Among those that are due at the same turn, what came first goes first.
--
-- `mobart/testing/turns.py` is the readable version; a test holds both to the same order.

-- The consumer of what waits for its turn.
local WAITING = 'waiting'
local LETTERS = {high = 'h', normal = 'n', low = 'l'}
local COST = {h = 1, n = 4, l = 16}
local AHEAD = {h = 600000, n = 0, l = -600000}

-- The key *name* of the namespace of *stream*.
local function beside(stream, name)
  return string.sub(stream, 1, -#'requests' - 1) .. name
end

-- The user and the letter of the priority of a request; what is no request waits as nobody's.
local function whose(request)
  local fine, told = pcall(cjson.decode, request or '')
  if not fine or type(told) ~= 'table' then
    return '', 'n'
  end
  local user = told.user_id
  local named = type(user) == 'string' and #user <= 128 and string.match(user, '^%w[%w._:@-]*$')
  return named and user or '', LETTERS[told.priority] or 'n'
end

-- Where an entry stands among those of its user.  Scores are exact to a few thousandths.
local function rank(letter, entry)
  local time, number = string.match(entry, '^(%d+)-(%d+)$')
  return time - AHEAD[letter] + math.min(tonumber(number), 4095) / 4096
end

-- The first of a user's waiting entries, as it stands there; nil if there is none.  From the end of
-- ZREVRANGE, as everywhere here: ZRANGE would be one more command for all access lists to allow.
local function first_of(queue)
  local found = redis.pcall('ZREVRANGE', queue, -1, -1)
  if found.err then  -- somebody else's data
    redis.call('DEL', queue)
  end
  return found[1]
end

-- The turns that *waiting* costs, and a fraction of one by which what came first goes first.
local function cost(waiting)
  return COST[string.sub(waiting, 1, 1)]
end

-- Of 2^20 ms, 17 minutes: its wrapping round only changes the order of what is due at one turn.
local function fraction(waiting)
  return string.match(waiting, '^.(%d+)') % 1048576 / 1048576
end

-- Make sure that everything beside *stream* about turns is what it should be.
local function free_turns(stream)
  free(beside(stream, 'turns'), 'zset')
  free(beside(stream, 'turn'), 'string')
  free(beside(stream, 'full'), 'zset')
end

-- Have a user stand in the line, if anything of it waits.
local function join(stream, user)
  local first = first_of(beside(stream, 'turns:' .. user))
  if first then
    local turn = tonumber(redis.call('GET', beside(stream, 'turn')) or 0) or 0
    redis.call('ZADD', beside(stream, 'turns'), turn + cost(first) + fraction(first), user)
  end
end

-- Have an entry wait for its turn.  Returns false if it does already.
local function file(stream, entry, request)
  local user, letter = whose(request)
  local turns, queue = beside(stream, 'turns'), beside(stream, 'turns:' .. user)
  local before, waiting = first_of(queue), letter .. entry
  local is_new = redis.call('ZADD', queue, rank(letter, entry), waiting) == 1
  if not redis.call('ZREVRANK', turns, user) then
    if not redis.call('ZREVRANK', beside(stream, 'full'), user) then
      join(stream, user)
      return true
    end
  elseif before and is_new and first_of(queue) == waiting then
    redis.call('ZINCRBY', turns, cost(waiting) - cost(before), user)
  end
  return is_new
end

-- Whether a user has *limit* jobs or more, 0 being any number.  Those that ended unnoticed are forgotten.
local function is_full(stream, user, limit)
  local taken = beside(stream, 'taken:' .. user)
  if limit > 0 then
    free(taken, 'zset')
  end
  if limit == 0 or redis.call('ZCARD', taken) < limit then
    return false
  end
  for _, entry in ipairs(redis.call('ZREVRANGE', taken, 0, -1)) do
    if not has(stream, entry) then
      redis.call('ZREM', taken, entry)
    end
  end
  return redis.call('ZCARD', taken) >= limit
end

-- One of a user's jobs has ended: if it had too many, the next one may be taken.
local function free_place(stream, user, entry)
  local taken = beside(stream, 'taken:' .. user)
  free(taken, 'zset')
  if redis.call('ZREM', taken, entry) == 1 then
    free_turns(stream)
    if redis.call('ZREM', beside(stream, 'full'), user) == 1 then
      join(stream, user)
    end
  end
end
