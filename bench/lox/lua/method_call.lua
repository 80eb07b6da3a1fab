local Toggle = {}
Toggle.__index = Toggle

function Toggle:init(startState)
  self.state = startState
end

local function newToggle(startState)
  local self = setmetatable({}, Toggle)
  self:init(startState)
  return self
end

function Toggle:value() return self.state end

function Toggle:activate()
  self.state = not self.state
  return self
end

local NthToggle = setmetatable({}, {__index = Toggle})
NthToggle.__index = NthToggle

function NthToggle:init(startState, maxCounter)
  Toggle.init(self, startState)
  self.countMax = maxCounter
  self.count = 0
end

local function newNthToggle(startState, maxCounter)
  local self = setmetatable({}, NthToggle)
  self:init(startState, maxCounter)
  return self
end

function NthToggle:activate()
  self.count = self.count + 1
  if self.count >= self.countMax then
    Toggle.activate(self)
    self.count = 0
  end
  return self
end

local start = os.clock()
local n = 100000
local val = true
local toggle = newToggle(val)

for _ = 1, n do
  val = toggle:activate():value()
  val = toggle:activate():value()
  val = toggle:activate():value()
  val = toggle:activate():value()
  val = toggle:activate():value()
  val = toggle:activate():value()
  val = toggle:activate():value()
  val = toggle:activate():value()
  val = toggle:activate():value()
  val = toggle:activate():value()
end

print(toggle:value())

val = true
local ntoggle = newNthToggle(val, 3)

for _ = 1, n do
  val = ntoggle:activate():value()
  val = ntoggle:activate():value()
  val = ntoggle:activate():value()
  val = ntoggle:activate():value()
  val = ntoggle:activate():value()
  val = ntoggle:activate():value()
  val = ntoggle:activate():value()
  val = ntoggle:activate():value()
  val = ntoggle:activate():value()
  val = ntoggle:activate():value()
end

print(ntoggle:value())
print(os.clock() - start)
