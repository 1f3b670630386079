"""The figures of the shadow play, by name."""

from vitascope.engines.shadowplay.actors.base import Actor
from vitascope.engines.shadowplay.actors.people import person
from vitascope.engines.shadowplay.actors.equines import horse,rider
from vitascope.engines.shadowplay.actors.canines import dog,fox,wolf
from vitascope.engines.shadowplay.actors.felines import cat,lion
from vitascope.engines.shadowplay.actors.grazers import deer,cow,camel,giraffe,rabbit
from vitascope.engines.shadowplay.actors.giants import elephant,bear
from vitascope.engines.shadowplay.actors.birds import bird,crane,eagle,owl
from vitascope.engines.shadowplay.actors.winged import butterfly,bat,dragon
from vitascope.engines.shadowplay.actors.sea import fish,whale,dolphin,turtle,jellyfish
from vitascope.engines.shadowplay.actors.vehicles import car,bus,truck,bicycle
from vitascope.engines.shadowplay.actors.train import train
from vitascope.engines.shadowplay.actors.aircraft import plane, helicopter, balloon, rocket, kite
from vitascope.engines.shadowplay.actors.boats import sailboat, ship, rowboat

ACTORS: dict[str, Actor] = {a.name: a for a in (person,horse,rider,dog,fox,wolf,cat,lion,deer,cow,camel,giraffe,rabbit,elephant,bear,bird,crane,eagle,owl,butterfly,bat,dragon,fish,whale,dolphin,turtle,jellyfish,car,bus,truck,bicycle,
train,plane, helicopter, balloon, rocket, kite,sailboat, ship, rowboat)}
