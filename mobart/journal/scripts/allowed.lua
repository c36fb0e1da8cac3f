-- Ask which commands the user that runs this may not run; nothing is run.
--
-- ARGV -> commands, each a JSON array of its words
--
-- Returns: the numbers of those refused, from 1; none where Redis cannot be asked (before 7)
local refused = {}
for i, command in ipairs(redis.acl_check_cmd and ARGV or {}) do
  if not redis.acl_check_cmd(unpack(cjson.decode(command))) then
    refused[#refused + 1] = i
  end
end
return refused
