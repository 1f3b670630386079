"""The lexicon: words and phrases shadowplay knows, by what they stand for.

Every table maps a name used in scenes to the words that mean it, parted by commas; a phrase of
several words wins over its words alone.
"""

from __future__ import annotations

from typing import Literal, NamedTuple

Kind = Literal[
    "subject", "setting", "time", "sky", "falling", "wind", "fog", "move", "mood", "style",
    "colour", "action", "place", "close", "wide", "count", "side", "not", "sky_part", "cloth",
    "in", "filler",
]  # fmt: skip


class Entry(NamedTuple):
    """What a word or phrase stands for."""

    kind: Kind
    value: str


SUBJECTS = {
    "person": "person, man, woman, figure, someone, somebody, people, men, women, traveller, "
    "traveler, wanderer, hiker, pedestrian, human, gentleman, lady, guy, stranger, walker, pilgrim, "
    "monk, farmer, soldier, fisherman, photographer, painter, musician, runner, jogger, detective, "
    "samurai, ninja, businessman, shepherd, sailor, grandmother, grandfather, mother, father, "
    "villager, commuter, explorer, nurse, doctor, teacher, worker, silhouette of a man, warrior, "
    "tourist, backpacker, king, queen, prince, princess, poet, hero, old man, old woman, wife, "
    "husband, lover, violinist, guitarist",
    "child": "child, children, boy, girl, kid, toddler, little girl, little boy, son, daughter, "
    "schoolboy, schoolgirl, young girl, young boy",
    "couple": "couple, lovers, newlyweds, bride and groom, young couple",
    "dancer": "dancer, ballerina, ballet dancer, ballet, flamenco dancer, gymnast",
    "knight": "knight, paladin, crusader, gladiator, viking",
    "wizard": "wizard, witch, sorcerer, sorceress, mage, magician, druid, warlock, gandalf, merlin",
    "astronaut": "astronaut, cosmonaut, spaceman, spacewoman, space explorer, moonwalker",
    "robot": "robot, android, droid, mech, cyborg, automaton, machine man",
    "horse": "horse, pony, stallion, mare, foal, mustang, zebra, unicorn, donkey, mule, pegasus",
    "rider": "rider, horseman, horsewoman, cowboy, cowgirl, jockey, cavalry, cavalryman, "
    "man on a horse, woman on a horse, knight on a horse, knight on horseback, on horseback, horseback",
    "dog": "dog, puppy, hound, husky, retriever, golden retriever, terrier, shepherd dog, corgi, "
    "greyhound, dachshund, poodle, labrador, pup, doggo, beagle, collie",
    "cat": "cat, kitten, kitty, tabby, panther, leopard, cheetah, tiger, lynx, jaguar, cougar, puma, "
    "tomcat, lioness",
    "fox": "fox, vixen",
    "wolf": "wolf, werewolf, coyote, jackal, hyena",
    "deer": "deer, stag, doe, fawn, elk, moose, reindeer, antelope, gazelle, buck, goat, ibex, "
    "caribou, impala, roe",
    "bear": "bear, grizzly, polar bear, panda, bear cub, gorilla, black bear, brown bear, grizzly bear",
    "elephant": "elephant, mammoth, rhino, rhinoceros, hippo, hippopotamus",
    "camel": "camel, dromedary, caravan, llama, alpaca",
    "giraffe": "giraffe",
    "rabbit": "rabbit, bunny, hare, squirrel, mouse, hedgehog, hamster, kangaroo, rat",
    "lion": "lion",
    "cow": "cow, bull, ox, oxen, cattle, bison, buffalo, calf, yak, sheep, lamb, pig, boar",
    "owl": "owl, barn owl, snowy owl",
    "bird": "bird, swallow, sparrow, pigeon, dove, crow, raven, seagull, gull, goose, geese, duck, "
    "swan, robin, parrot, hummingbird, songbird, magpie, starling, penguin, albatross, finch",
    "crane": "crane, heron, stork, flamingo, egret, ibis, paper crane, peacock, ostrich",
    "eagle": "eagle, hawk, falcon, vulture, condor, phoenix, kestrel, buzzard, osprey, griffin",
    "butterfly": "butterfly, moth, dragonfly, bee, fairy, ladybug, monarch butterfly",
    "bat": "bat, vampire",
    "fish": "fish, goldfish, koi, salmon, trout, shark, tuna, clownfish, manta, ray, eel, piranha, "
    "carp, angelfish, manta ray, stingray",
    "whale": "whale, humpback, orca, humpback whale, blue whale, sperm whale, leviathan",
    "dolphin": "dolphin, porpoise, seal, narwhal",
    "turtle": "turtle, tortoise, sea turtle",
    "jellyfish": "jellyfish, medusa, octopus, squid, kraken",
    "dragon": "dragon, wyvern, dinosaur, pterodactyl, monster, godzilla",
    "car": "car, taxi, cab, automobile, sports car, convertible, vehicle, jeep, limousine, sedan, "
    "police car, race car, suv, van, beetle, motorbike, motorcycle, scooter",
    "bus": "bus, coach, double decker, school bus, tram, trolley, streetcar, minibus",
    "bicycle": "bicycle, bike, cyclist, cycling, biker",
    "train": "train, locomotive, steam train, steam engine, railway, freight train, bullet train, subway",
    "truck": "truck, lorry, pickup, semi, tractor, fire engine, tanker",
    "plane": "plane, airplane, aeroplane, aircraft, jet, biplane, airliner, glider, paper plane, seaplane",
    "helicopter": "helicopter, chopper, drone",
    "balloon": "balloon, hot air balloon, air balloon, airship, zeppelin, blimp, hot-air balloon",
    "rocket": "rocket, spaceship, spacecraft, starship, space shuttle, shuttle, ufo, missile, satellite",
    "sailboat": "sailboat, sailing boat, yacht, sloop, catamaran, dinghy, sailing ship, junk, schooner, "
    "paper boat, toy boat, galleon, pirate ship, tall ship, viking ship",
    "ship": "ship, steamer, steamship, ocean liner, cruise ship, ferry, freighter, cargo ship, "
    "battleship, vessel, tanker ship, boat, trawler, fishing boat, submarine",
    "rowboat": "rowboat, rowing boat, canoe, kayak, gondola, raft, small boat, wooden boat, row boat",
    "house": "house, cabin, cottage, hut, barn, farmhouse, home, church, temple, chapel, shack, "
    "pagoda, mansion, shed, hotel, shrine",
    "lighthouse": "lighthouse, beacon, light house",
    "windmill": "windmill, mill, wind turbine",
    "castle": "castle, fortress, palace, ruin, ruins, citadel, fort",
    "tower": "tower, clock tower, bell tower, eiffel tower, skyscraper, obelisk, minaret",
    "tree": "tree, oak, oak tree, lone tree, willow, cherry tree, maple, apple tree, baobab, bonsai, "
    "lonely tree, old tree",
    "campfire": "campfire, bonfire, fire, camp fire, embers, flame",
    "lantern": "lantern, paper lantern, candle, street lamp, lamp, oil lamp, floating lantern, sky lantern",
    "kite": "kite",
    "umbrella_walker": "umbrella, parasol, man with an umbrella, woman with an umbrella, "
    "person with an umbrella, girl with an umbrella, man with umbrella, woman with umbrella, "
    "person with umbrella, under an umbrella, holding an umbrella, carrying an umbrella",
}

SETTINGS = {
    "mountains": "mountain, mountains, peak, alps, alpine, cliff, valley, ridge, mountain range, "
    "himalaya, himalayas, highland, highlands, canyon, volcano, summit, mountain pass, fjord",
    "meadow": "meadow, field, hill, hills, grassland, prairie, countryside, pasture, plain, grass, farm, "
    "green hill, rolling hills, wheat field, wheat, hillside, moor, lavender field, steppe, "
    "sunflower field, lawn, outdoors, nature, landscape, vineyard, rice field, tuscany",
    "forest": "forest, wood, woods, woodland, grove, trees, pines, pine forest, birch forest, redwoods, "
    "taiga, redwood forest, bamboo forest, undergrowth, clearing, swamp, autumn forest",
    "jungle": "jungle, rainforest, tropical forest, amazon, tropics, rain forest",
    "garden": "garden, park, orchard, flower, flowers, blossom, cherry blossom, cherry blossoms, "
    "zen garden, flower garden, backyard, courtyard, rose garden, greenhouse, sakura",
    "lake": "lake, pond, lagoon, mountain lake, frozen lake, lakeside, reservoir",
    "river": "river, stream, creek, brook, waterfall, canal, riverbank, riverside, bridge, venice",
    "sea": "sea, ocean, wave, waves, open sea, open ocean, horizon, pacific, atlantic, at sea, "
    "high seas, arctic ocean, iceberg",
    "beach": "beach, coast, shore, seaside, island, strand, tropical beach, bay, sand, palm tree, "
    "palm trees, desert island, seashore, coastline",
    "harbour": "harbour, harbor, port, pier, dock, marina, quay, jetty, wharf, fishing village",
    "city": "city, skyline, downtown, metropolis, new york, tokyo, manhattan, london, paris, skyscrapers, "
    "urban, cityscape, hong kong, chicago, berlin, shanghai, los angeles, highway, san francisco, "
    "avenue, boulevard, crosswalk",
    "street": "street, alley, old town, lane, square, plaza, town, cobblestone, cobblestone street, "
    "sidewalk, market, amsterdam, prague, neighborhood, neighbourhood, station, cafe",
    "village": "village, hamlet, farmstead, countryside village, mountain village",
    "rooftops": "rooftop, rooftops, roof, roofs, on a roof, on the roof, tiled roof, chimney, chimneys",
    "road": "road, country road, path, trail, route, motorway, freeway, dirt road, railway line, rails, "
    "tracks, desert road, route 66, track",
    "desert": "desert, dune, dunes, sahara, sand dunes, sand dune, wasteland, mars, oasis, egypt, "
    "arabia, mesa, gobi, badlands, monument valley",
    "savanna": "savanna, savannah, serengeti, africa, kenya, safari, african plain, african plains, kalahari",
    "snowfield": "snowfield, tundra, arctic, antarctica, glacier, ice, north pole, snowy field, "
    "ski slope, siberia, south pole, snowy plain, snowscape",
    "underwater": "underwater, under water, reef, coral reef, seabed, deep sea, ocean floor, sea floor, "
    "under the sea, beneath the waves, aquarium, sea bed, depths, under the ocean, below the surface, "
    "beneath the sea, undersea, coral, kelp forest",
    "space": "space, outer space, galaxy, cosmos, universe, nebula, milky way, orbit, deep space, "
    "interstellar, planets, solar system, asteroid, planet",
    "moon": "on the moon, lunar, lunar surface, surface of the moon, moon surface, moonscape, "
    "alien planet, alien world, crater, craters, moon base",
    "clouds": "above the clouds, over the clouds, sea of clouds, among the clouds, in the clouds, "
    "cloudscape, through the clouds, through clouds, among clouds, above clouds, between the clouds",
}

TIMES = {
    "dawn": "dawn, sunrise, daybreak, early morning, morning, first light, at sunrise, aurora, "
    "break of day, sun rises, sun rising, rising sun",
    "day": "day, noon, midday, afternoon, daylight, sunny, daytime, bright day, sunny day, broad daylight, "
    "blue sky, sunlight, sunshine, sunlit",
    "golden": "golden hour, late afternoon, golden light, warm light, magic hour, evening sun, low sun, "
    "golden sunlight, golden sun, setting sun, late sun",
    "dusk": "dusk, sunset, twilight, evening, nightfall, blue hour, sundown, gloaming, at sunset, "
    "sun sets, sun setting, backlit",
    "night": "night, midnight, moonlight, moon, full moon, starry, stars, moonlit, nighttime, night sky, "
    "starry night, starlight, dark, darkness, star, under the stars, northern lights, nocturnal, "
    "fireflies, firefly, shooting star, meteor, moonrise, crescent moon, night time",
}

SKIES = {
    "clear": "clear, clear sky, cloudless, clear skies, clear night",
    "cloudy": "cloudy, cloud, clouds, partly cloudy, scattered clouds, drifting clouds, dramatic sky",
    "overcast": "overcast, grey sky, gray sky, gloomy, dull, leaden, grey clouds, gray clouds, bleak",
    "storm": "storm, stormy, thunder, thunderstorm, lightning, tempest, hurricane, typhoon, dark clouds, "
    "storm clouds, thundercloud, squall, lightning storm, thunderous",
}

FALLING = {
    "rain": "rain, rainy, raining, drizzle, downpour, shower, rains, rainfall, rainstorm, wet, pouring, "
    "in the rain, heavy rain, puddle, puddles, monsoon",
    "snow": "snow, snowy, snowing, snowfall, blizzard, snowstorm, snowflake, snowflakes, winter, wintry, "
    "snows, flurry, flurries, snow-covered, christmas, frost, frosty, snow covered, frozen, icy",
    "leaves": "leaves, leaf, falling leaves, autumn leaves, autumn, fall colors, autumnal, fall colours, "
    "october, dead leaves",
    "petals": "petal, petals, blossom petals, falling petals, confetti, rose petals, spring, springtime",
}

WINDS = {
    "0.05": "calm air, windless, still air, no wind",
    "0.35": "breeze, breezy, gentle wind, light wind, swaying",
    "0.6": "wind, windy, gust, gusty, strong wind, blowing, wind blows, windswept",
    "0.95": "gale, howling wind, hurricane wind, tornado, whirlwind, sandstorm",
}

FOGS = {
    "0.45": "mist, misty, haze, hazy, morning mist, steam, dusty, dust, smoke, smoky, ethereal",
    "0.8": "fog, foggy, thick fog, dense fog, smog, murky, heavy fog, brume",
}

MOVES = {
    "drift": "slow drift, drifting camera, gentle camera, slow camera, floating camera",
    "pan": "pan, panning, camera pans, pan left, pan right, slow pan, panning shot, sweeping shot, sweep, "
    "panorama, panoramic, sweeping",
    "push": "push in, push, zoom in, zoom, dolly in, zooming in, camera pushes in, moves closer, dolly, "
    "zooms in, slow zoom, dolly zoom, camera approaches, closing in, push-in",
    "pull": "pull back, pull out, zoom out, zooms out, dolly out, pulling back, camera pulls back, "
    "zooming out, pulls back, pull-out",
    "track": "tracking shot, tracking, track, camera follows, follow shot, follows, following, side scroll, "
    "tracking camera, side view, camera tracks, dolly shot, trucking shot",
    "rise": "crane shot, crane up, rising shot, aerial, drone shot, aerial view, camera rises, tilt up, "
    "rising camera, jib, boom shot, crane down, bird's eye view, birds eye view, aerial shot, flyover",
    "handheld": "handheld, hand-held, shaky, shaky camera, handheld camera, documentary, hand held",
    "static": "static, static shot, fixed camera, tripod, locked off, locked-off, still camera, "
    "stationary, static camera, locked shot, camera still",
}

MOODS = {
    "calm": "calm, peaceful, serene, quiet, tranquil, gentle, relaxing, soothing, cosy, cozy, still, "
    "silent, soft, meditative, zen, sleepy, slow",
    "joyful": "joyful, happy, cheerful, playful, fun, joy, festive, lively, merry, cute, funny, whimsical, "
    "uplifting, celebration, delightful, laughing, party, triumphant",
    "melancholy": "melancholy, sad, lonely, lone, solitary, sorrow, nostalgic, wistful, somber, sombre, "
    "melancholic, alone, lost, abandoned, mournful, blue mood, forlorn",
    "tense": "tense, dark mood, ominous, scary, eerie, dramatic, suspense, danger, dangerous, menacing, "
    "horror, haunted, thriller, spooky, fierce, epic battle, war, creepy, intense, chase",
    "wondrous": "wondrous, magical, magic, dreamy, dream, enchanted, mystical, fantasy, surreal, epic, "
    "majestic, wonder, fairy tale, fairytale, mysterious, awe, mythical, cinematic wonder, "
    "otherworldly, dreamlike, sparkling",
}

STYLES = {
    "noir": "noir, film noir, black and white, monochrome, black-and-white, greyscale, grayscale",
    "sepia": "sepia, vintage, old film, old photograph, retro, antique, silent film, old movie, 1920s",
    "neon": "neon, cyberpunk, synthwave, vaporwave, futuristic, neon lights, neon-lit, blade runner, "
    "neon lit, retrowave, sci-fi city",
    "autumn": "autumn palette, autumn colours, autumn colors",
    "spring": "spring palette, pastel, pastels",
}

COLOURS = {
    "#c8281e": "red, crimson, scarlet, ruby, vermilion",
    "#e8742a": "orange, copper, ginger, amber, rust",
    "#f2c230": "yellow, lemon, mustard",
    "#e0a83c": "gold, golden, blond, blonde",
    "#3f8f4a": "green, emerald, olive, lime, jade",
    "#2a9a98": "teal, turquoise, cyan, aqua",
    "#2f62c0": "blue, azure, navy, cobalt, sapphire, indigo",
    "#7a3fa8": "purple, violet, lavender, lilac, magenta",
    "#ee7aa6": "pink, rose, coral pink, salmon pink, fuchsia",
    "#f2f0ea": "white, ivory, snow-white, pale, cream",
    "#8a5a34": "brown, chestnut, tan, beige",
    "#8c9096": "grey, gray, silver",
    "#141216": "black, ebony, jet black",
}

ACTIONS = {
    "walk": "walk, stroll, wander, stride, march, hike, trot, creep, prowl, roam, cross, amble, tiptoe, "
    "trek, stalk, plod, pace, limp, lead, crossing, walk through, return, go, move, pass, travel, "
    "explore, climb, graze along, trudge, approach, follow behind, carry, patrol, come, leave",
    "run": "run, gallop, sprint, dash, race, jog, bolt, charge, hurry, canter, flee, rush, chasing, "
    "running, ran, escape, play, speed along, sprints, hunt",
    "fly": "fly, soar, glide, hover, flap, flying, flies, flew, float in the air, circle, take off, "
    "lift off, levitate, ascend, descend, float through the air, migrate, launch, swoop",
    "swim": "swim, dive, swam, paddle, snorkel, float, drift",
    "sail": "sail, row, cruise, anchor, navigate, moored",
    "drive": "drive, speed, cruise along, rumble, roll, ride, drove, rolling, race along, park, steam",
    "sit": "sit, rest, lie, sleep, perch, crouch, kneel, sat, seated, lying, read, meditate, fish quietly, "
    "relax, doze, nap, camp",
    "dance": "dance, waltz, twirl, spin, pirouette, sway, celebrate, perform, balance",
    "jump": "jump, leap, hop, bounce, breach, leapt, skip, vault, pounce, leap out",
    "stand": "stand, wait, watch, look, stare, pose, gaze, stood, observe, lean, listen, howl, graze, "
    "eat, drink, think, wave, sing, talk, smile, guard, face, stop, hold, stare out, roar, admire",
    "glow": "glow, burn, shine, flicker, blaze, gleam, light up, lit",
}

PLACES = {
    "roof": "on a roof, on the roof, on rooftops, on a rooftop, on the rooftop, across rooftops, "
    "over the rooftops on foot, on the rooftops",
    "sky": "in the sky, across the sky, in the air, through the air, through the sky, high above, "
    "overhead, into the sky, in mid-air, over the city, above the city, above the sea, "
    "over the mountains, above the mountains, over the rooftops, above the rooftops, over rooftops",
    "water": "on the water, on the lake, on the sea, on the ocean, on a lake, on the river, "
    "across the water, across the lake, in the water",
    "ground": "on the ground, on the grass",
}

NUMBERS = {
    "1": "one, single, a single, lone one",
    "2": "two, pair, a pair of, couple of, a couple of, twin, twins, both, pair of",
    "3": "three, few, a few, trio, trio of, a trio of",
    "4": "four, several, quartet, some, group of, a group of, family of, a family of",
    "5": "five, many, six, seven, eight, nine, ten, dozen, dozens, hundreds, herd of, a herd of, flock of, "
    "a flock of, swarm of, pack of, a pack of, school of, a school of, a dozen, lots of, numerous, "
    "crowd of, a crowd of, fleet of, a fleet of, pod of, a pod of, a swarm of, hundreds of, thousands of, "
    "colony of, a colony of, team of, row of, a row of, lot of, a lot of",
}

SIDES = {
    "left": "to the left, leftward, leftwards, from right to left, right to left, facing left, "
    "heading left, moving left, toward the left, towards the left",
    "right": "to the right, rightward, rightwards, from left to right, left to right, facing right, "
    "heading right, moving right, toward the right, towards the right",
}

SKY_PARTS = "sky, skies, sun, sunlight glow, sunset sky, light, glow, moonlight glow, heaven, heavens, air"

CLOTHES = (
    "coat, dress, jacket, hat, scarf, cloak, cape, robe, raincoat, shirt, suit, sail, sails, "
    "skirt, hood, sweater, kimono, uniform, boots, gloves, backpack, armor, armour, hoodie, trousers"
)

VESSELS_IN = "in, on, aboard, inside, riding, rides, driving, drives, atop, piloting, steering, ride, drive, rowing"

NEGATIONS = "no, not, without, never, remove, delete, minus, erase, don't, dont, isn't, nobody, stop the, get rid of, take away"

CLOSE = "close-up, closeup, close up, macro, portrait of, portrait, extreme close-up, detail, tight shot, large in frame, near"

WIDE = "wide shot, wide, long shot, establishing shot, far away, distant, wide-angle, wide angle, small in frame"

FILLERS = (
    "a, an, the, and, or, of, in, on, at, by, with, to, from, into, onto, over, under, through, "
    "across, along, past, behind, before, after, beside, near by, between, among, around, up, down, "
    "is, are, was, were, be, being, been, it, its, his, her, their, our, my, your, he, she, they, we, "
    "i, you, this, that, these, those, there, here, as, while, when, where, which, who, whose, then, "
    "than, so, but, for, out, off, against, toward, towards, above, below, beneath, very, too, also, "
    "just, slowly, quickly, gently, softly, small, big, large, little, tiny, huge, giant, tall, old, "
    "young, long, short, beautiful, pretty, lovely, nice, great, good, new, scene, shot, video, film, "
    "footage, clip, image, picture, frame, view, camera, cinematic, style, animation, animated, "
    "silhouette, shadow, shadow play, paper, cut-out, cutout, show, showing, seen, see, make, change, "
    "turn, add, replace, swap, now, keep, same, instead, let, put, set, background, foreground, "
    "other, another, each, all, every, more, less, most, only, again, still more, first, last, next, "
    "have, has, had, do, does, will, would, can, could, should, lens, 35mm, 4k, 8k, hd, high, low, "
    "quality, detailed, realistic, photorealistic, ultra, time, timelapse, time-lapse, slow motion, "
    "motion, slow-motion, loop, looping, seamless, single take, one take, please, some of, about, "
    "how, what, why, like, such, way, away, back, forward, together, side, front, top, bottom, "
    "middle, center, centre, edge, end, begin, start, deep, distance, warm, cold, cool, hot, bright, "
    "dim, fresh, colourful, colorful, colour, color, vivid, rich, lush, ancient, wooden, modern, "
    "water, ground, earth, world, place, wild, free, freely, alive, face of, body, hand, hands, head, "
    "eye, eyes, hair, wing, wings, tail, something, everything, nothing, continue, continues, keeps, "
    "starts, begins, continuing, further, onward, onwards, if, because, until, within, upon, during, "
    "against the, glowing, shining, mid, steady, scenic, summer, shallow, depth, focus, bokeh, vast, "
    "s, t, it's, there's, gets, get, becomes, become, appear, appears, into view, not only"
)


def _invert() -> dict[tuple[str, ...], Entry]:
    """All phrases with their entries; a later table does not overwrite an earlier one."""
    tables: list[tuple[Kind, dict[str, str]]] = [
        ("place", PLACES),
        ("style", STYLES),
        ("move", MOVES),
        ("setting", SETTINGS),
        ("subject", SUBJECTS),
        ("time", TIMES),
        ("sky", SKIES),
        ("falling", FALLING),
        ("wind", WINDS),
        ("fog", FOGS),
        ("mood", MOODS),
        ("colour", COLOURS),
        ("action", ACTIONS),
        ("count", NUMBERS),
        ("side", SIDES),
        ("not", {"not": NEGATIONS}),
        ("close", {"close": CLOSE}),
        ("wide", {"wide": WIDE}),
        ("in", {"in": VESSELS_IN}),
        ("sky_part", {"sky": SKY_PARTS}),
        ("cloth", {"cloth": CLOTHES}),
        ("filler", {"": FILLERS}),
    ]
    lexicon: dict[tuple[str, ...], Entry] = {}
    for kind, table in tables:
        for value, phrases in table.items():
            for phrase in phrases.split(","):
                words = tuple(phrase.split())
                lexicon.setdefault(words, Entry(kind, value))
    return lexicon


LEXICON = _invert()
"""Every phrase as a tuple of words."""

LONGEST = max(map(len, LEXICON))

IRREGULAR = {
    "wolves": "wolf", "geese": "goose", "mice": "mouse", "feet": "foot", "calves": "calf",
    "leaves": "leaves", "buses": "bus", "ponies": "pony", "foxes": "fox", "butterflies": "butterfly",
    "puppies": "puppy", "canoes": "canoe", "jellyfishes": "jellyfish", "fishes": "fish",
    "witches": "witch", "ostriches": "ostrich", "lorries": "lorry", "bunnies": "bunny",
}  # fmt: skip

ALWAYS_PLURAL = frozenset(
    {"people", "men", "women", "children", "geese", "cattle", "oxen", "lovers", "wolves", "mice"}
)

SAME_PLURAL = frozenset({"fish", "deer", "sheep", "koi", "bison", "salmon", "trout"})
