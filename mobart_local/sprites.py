"""Tables for the painter: half-drawn figures, what words call for them, and colours.

A figure is the left half of a symmetric sprite, one letter a cell; each letter is a material of
`MATERIALS`.  `?` is skin in some sprites and nothing in others; a row that ends early is filled up
to the middle with its last letter, and `.` keeps the middle free.
"""

from collections.abc import Mapping
from types import MappingProxyType

FIGURES: Mapping[str, str] = MappingProxyType(
    {
        "dragon": """
         h...
?        hh..
bb      hssss
?bb    hsssss
b?bb    ssees
bbbbb   ssens
b?bbbb  sssss
bbb?bbb ?sscc
b? bbb?b sncc
b   bb?ssssss
?   b?bssscccc
     bsssscccc
      ssssbccc
     sssssccccc
    ?ssssscccc
    sssssssbcc
    ssssssscccc
    sss?sss.cc
    hsh  sss..
        hhsh..
""",
        "slime": """


         ss
       ssss
     ssssss
    ssllsss
   ssllssss
   sslsssss
  sssseessss
  ssssenssss
 ?sssseessss
 sssssssssnn
 sssssssssss
sssssssssssss
?sssssssssss
""",
        "knight": """
         b
        bbb
       ?mmm
       mmmm
      mmmmm
      mmnnn
      mmnnn
      ?mmmm
    mm mmmm
   mmmm ssss
   mmmm?ssbb
   mm mmsssb
   mm mmsssb
   mm  mmmmm
   ff  ?ssss
       ssss
       sss.
       mmm.
       mmm.
      ?mmm.
      wwww.
""",
        "cat": """

    s.....
    ss....
    scs....
    sccs  sss
    sssssssss
   ?sssssssss
   ssssssssss
   sseensssss
   sseenssscc
  ?sssssscccn
    ssssscccc
     sssssscc
    ?sssssccc
    ssssssccc
    sssssssccc
    ?sssssscc
    ssscsss..
    cccccsc..
""",
        "robot": """
          b
          m
       mmmm
      mmmmm
      mlsss
      mseen
      msees
      mmmmm
     ?  mmm
   mm mmmmmm
   mm?mssbbb
   mm mssbbl
   ?  msssbb
   mm mmmmmm
   mm  mmmm
   ?   mm
       mm..
      ?mm..
      mmm.
      mmm.
""",
        "sword": """
           m
          ml
          ml
         mml
         mml
         mml
         mml
         mml
         mml
         mml
         mml
         mml
         mml
    ?    mml
    bb ??mml
    bbbbbbbb
     ?bbbbss
          ww
          ww
          ww
          ww
         ?bb
          bb
""",
        "potion": """
          ww
         www
         ggg
        ?ggg
          gg
          gg
         ggg
        gggg
       ggsss
      glssss
     gllssss
     glsssss
    ?glssssss
    ggssslsss
    ?gsssssss
     gsssssss
      gssslss
      ?ggssss
        ggggg
""",
        "shield": """

    mm   ?mm
    mmmmmmmm
    mssssssm
    msssssbb
    mssssbbb
    mssssbbl
    msssbbbb
    mssssbbb
    ?mssssbb
     msssssb
     ?mssssb
      msssss
       mssss
        msss
        ?mss
          mm
""",
        "gem": """

      ?sssss
     ssslsss
    ssslllss
   ssslllsss
  sssllsssss
  ssssssssss
   ssssbbsss
    sssbbbss
    ?sssbbss
      sssbss
       sssbs
       ?sssb
         sss
          ss
""",
        "tree": """
          ss
       ?ssss
      ssssls
     sssllss
    ssslssss
   ?sssssbss
    sssbssss
  ssssssssls
  sslsssslss
 ?ssssbsssss
   sssbbsssb
    ?ss?sbbb
         www
         www
         www
        ?www
        wwww
       ww?ww
""",
        "mushroom": """

        ssss
      ssssss
     sslllss
    sslllsss
   ssslssssc
   sssssssccc
  sccssssscc
  scccssssss
  sscsssssss
   ?bbbbbbbb
       ?cccc
        cecc
        cnccc
        cccc
       ?cccc
       ccccc
""",
        "chest": """

     wwwwwww
    wwwwwwww
   ?mwwwwwww
   mmwwwwwww
   mmwwwwwmm
   mmmmmmmmb
   mmwwwwwmb
   mmwwwwwmn
   mmwwwwwwm
   mmwwwwwww
   ?mwwwwwww
   mmmmmmmmm
""",
        "ship": """
           s
          ss
         ?ss
         sss
         sll
         sll
    ?    ssl
    m   ssss
    m   ssss
    m  ?ssss
    m bbsssc
    mbbbsssc
   ?bbbbsscc
   bbb?bsscc
   bb  mmsss
       mm?mm
        f ff
        ? f
""",
        "creature": """
    ?    ?
     ?  ss
     h ?sss
     hsssss
    ssssssss
   ?sseesss
    sseenss
    ssssssss
     ?ssscnn
   ? sssccc
   ss?sscccc
   ssssscccc
    ? sscccc
     ssssccc
    ?ssssscc
     ssssss..
     sss?s...
    hhhhh...
""",
    },
)

WORDS: Mapping[str, str] = MappingProxyType(
    {
        "dragon": "dragon drake wyvern wyrm gargoyle bat demon",
        "slime": "slime blob jelly ghost spirit goo pudding",
        "knight": "knight hero warrior soldier guard paladin king queen wizard mage archer goblin orc",
        "cat": "cat dog fox wolf bear rabbit pet animal kitten tiger lion mouse",
        "robot": "robot golem mech android machine bot",
        "sword": "sword blade dagger weapon axe spear knife katana staff wand",
        "potion": "potion flask bottle elixir vial drink poison",
        "shield": "shield armor armour crest emblem",
        "gem": "gem crystal diamond ruby emerald sapphire jewel coin heart stone orb",
        "tree": "tree forest bush plant oak pine leaf",
        "mushroom": "mushroom toadstool fungus",
        "chest": "chest treasure box crate barrel loot",
        "ship": "ship spaceship rocket spacecraft starfighter plane",
    },
)
"""Words of a prompt that call for a figure; without any, a creature is made up."""

HUES: Mapping[str, float] = MappingProxyType(
    {
        "red": 0.0,
        "fire": 0.03,
        "lava": 0.04,
        "ruby": 0.97,
        "orange": 0.07,
        "brown": 0.07,
        "gold": 0.12,
        "golden": 0.12,
        "yellow": 0.14,
        "green": 0.33,
        "emerald": 0.40,
        "forest": 0.30,
        "poison": 0.28,
        "teal": 0.48,
        "cyan": 0.52,
        "ice": 0.54,
        "frost": 0.54,
        "water": 0.58,
        "blue": 0.61,
        "sapphire": 0.62,
        "purple": 0.77,
        "violet": 0.76,
        "shadow": 0.74,
        "magic": 0.80,
        "magenta": 0.86,
        "pink": 0.92,
    },
)
"""Words of a prompt that colour the skin, as a hue from 0 to 1."""

NATURAL: Mapping[str, float] = MappingProxyType({"tree": 0.31, "slime": 0.34, "mushroom": 0.99})
"""Hues of figures that the prompt does not colour; others may be of any."""

MATERIALS: Mapping[str, tuple[float, float, float]] = MappingProxyType(
    {
        "m": (0.60, 0.14, 0.80),
        "w": (0.07, 0.55, 0.58),
        "g": (0.54, 0.22, 0.95),
        "h": (0.12, 0.24, 0.94),
        "f": (0.09, 0.75, 1.00),
        "e": (0.14, 0.05, 1.00),
        "n": (0.70, 0.45, 0.22),
    },
)
"""Hue, saturation and value of what is not coloured by the prompt; skin and its shades are."""

GROUNDS = (
    (238, 236, 230),
    (228, 234, 240),
    (245, 240, 228),
    (214, 222, 214),
    (222, 214, 228),
    (60, 64, 78),
    (44, 46, 54),
    (198, 206, 214),
)
