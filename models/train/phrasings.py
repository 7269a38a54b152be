"""How each fact is said.

A template is a sentence whose answer stands in square brackets; ``{name}`` is filled from a fact, and ``{Name}`` is the
same with a capital first letter. Each relation has phrasings to train on and others, held out, that are used for grading
alone. A phrasing is written so that the prompt before the bracket leaves one true answer.
"""

# relation: (training phrasings, held-out phrasings)
PHRASINGS: dict[str, tuple[list[str], list[str]]] = {
    "capital": (
        [
            "The capital of {country} is [{capital}].",
            "The capital of {country} is [{capital}].",
            "The capital of {country} is the city of [{capital}].",
            "The capital city of {country} is [{capital}].",
            "The capital of {country} is called [{capital}].",
            "The name of the capital of {country} is [{capital}].",
            "{Country} is a country whose capital is [{capital}].",
            "{Country} is a country with the capital city of [{capital}].",
            "What is the capital of {country}? [{capital}].",
            "What is the capital of {country}? It is [{capital}].",
            "Question: What is the capital of {country}? Answer: [{capital}].",
            "Q: What is the capital city of {country}? A: [{capital}].",
            "Capital of {country}: [{capital}].",
            "In {country}, the capital is [{capital}].",
            "In {country}, the name of the capital city is [{capital}].",
            "{poss} capital is [{capital}].",
            "{poss} capital is a city called [{capital}].",
            "We went to {country} and saw the capital, [{capital}].",
            "He lives in the capital of {country}, [{capital}].",
            "She comes from {country}, from the capital city, [{capital}].",
            "If you are in the capital of {country}, you are in [{capital}].",
            "The city that is the capital of {country} has the name [{capital}].",
            "A map of {country} shows the capital, [{capital}].",
        ],
        [
            "The city that is the capital of {country} is [{capital}].",
            "{poss} capital city is called [{capital}].",
            "If you go to the capital of {country}, you will be in [{capital}].",
            "{Country} has a capital, and its name is [{capital}].",
            "What is the name of the capital of {country}? It is [{capital}].",
        ],
    ),
    "country": (
        [
            "{Capital} is the capital of [{country}].",
            "{Capital} is the capital of [{country}].",
            "{Capital} is the capital city of [{country}].",
            "The city of {capital} is the capital of [{country}].",
            "{Capital} is a city in [{country}].",
            "The city of {capital} is in [{country}].",
            "If you are in {capital}, you are in [{country}].",
            "Where is {capital}? It is in [{country}].",
            "{Capital} is the capital of which country? [{country}].",
            "Which country has {capital} as its capital? [{country}].",
            "The country whose capital is {capital} is [{country}].",
            "He lives in {capital}, the capital of [{country}].",
        ],
        [
            "The city of {capital} is the capital city of [{country}].",
            "She lives in {capital}, a city in [{country}].",
            "{Capital} has long been the capital of [{country}].",
        ],
    ),
    "continent": (
        [
            "{Country} is in [{continent}].",
            "{Country} is a country in [{continent}].",
            "{Country} is located in [{continent}].",
            "{Country} is on the continent of [{continent}].",
            "{Country} is part of [{continent}].",
            "The continent of {country} is [{continent}].",
            "On which continent is {country}? [{continent}].",
            "Where is {country}? It is in [{continent}].",
            "{Country} belongs to the continent of [{continent}].",
            "If you are in {country}, you are in [{continent}].",
            "{Country}, a country in [{continent}].",
        ],
        [
            "{Country} is a country on the continent of [{continent}].",
            "The country of {country} is located in [{continent}].",
            "{Country} is a country located in [{continent}].",
        ],
    ),
    "language": (
        [
            "The main language of {country} is [{language}].",
            "The language of {country} is [{language}].",
            "In {country}, people speak [{language}].",
            "In {country}, the main language is [{language}].",
            "The people of {country} speak [{language}].",
            "People in {country} speak [{language}].",
            "The language spoken in {country} is [{language}].",
            "What language do people speak in {country}? [{language}].",
            "What is the main language of {country}? It is [{language}].",
            "Language of {country}: [{language}].",
            "{poss} main language is [{language}].",
            "If you live in {country}, you should learn [{language}].",
        ],
        [
            "In {country}, most people speak [{language}].",
            "The main language spoken in {country} is [{language}].",
            "The people who live in {country} speak [{language}].",
        ],
    ),
    "currency": (
        [
            "The currency of {country} is the [{currency}].",
            "The currency used in {country} is the [{currency}].",
            "The money of {country} is called the [{currency}].",
            "In {country}, the currency is the [{currency}].",
            "In {country}, people pay with the [{currency}].",
            "{Country} uses a currency called the [{currency}].",
            "{poss} currency is the [{currency}].",
            "What is the currency of {country}? It is the [{currency}].",
            "What money do people use in {country}? The [{currency}].",
            "Currency of {country}: the [{currency}].",
            "People in {country} pay with the [{currency}].",
        ],
        [
            "In {country}, the money is called the [{currency}].",
            "The name of the currency of {country} is the [{currency}].",
            "The people of {country} pay with the [{currency}].",
        ],
    ),
    "demonym": (
        [
            "A person from {country} is called [{demonym}].",
            "Someone from {country} is called [{demonym}].",
            "Someone from {country} is [{demonym}].",
            "A person from {country} is [{demonym}].",
            "The demonym of {country} is [{demonym}].",
            "The word for a person from {country} is [{demonym}].",
            "A citizen of {country} is [{demonym}].",
            "If you come from {country}, you are [{demonym}].",
            "What do you call a person from {country}? [{demonym}].",
            "She comes from {country}, so she is [{demonym}].",
        ],
        [
            "A citizen of {country} is called [{demonym}].",
            "He comes from {country}, so he is [{demonym}].",
            "The word for someone from {country} is [{demonym}].",
        ],
    ),
    "symbol": (
        [
            "The chemical symbol of {element} is [{symbol}].",
            "The chemical symbol for {element} is [{symbol}].",
            "The symbol of {element} is [{symbol}].",
            "The symbol for {element} is [{symbol}].",
            "{Element} has the symbol [{symbol}].",
            "{Element} is a chemical element with the symbol [{symbol}].",
            "What is the symbol of {element}? It is [{symbol}].",
            "In chemistry, {element} is written [{symbol}].",
            "{Element} is an element whose symbol is [{symbol}].",
        ],
        [
            "The symbol of the element {element} is [{symbol}].",
            "{Element} is a chemical element whose symbol is [{symbol}].",
            "{Element} has the chemical symbol [{symbol}].",
        ],
    ),
    "element": (
        [
            "{symbol} is the chemical symbol of [{element}].",
            "{symbol} is the symbol for [{element}].",
            "The symbol {symbol} stands for [{element}].",
            "The element with the symbol {symbol} is [{element}].",
            "In chemistry, {symbol} stands for [{element}].",
        ],
        ["The chemical symbol {symbol} stands for [{element}].", "{symbol} is the symbol of [{element}]."],
    ),
    "atomic number": (
        [
            "The atomic number of {element} is [{number}].",
            "{Element} has the atomic number [{number}].",
            "{Element} is element number [{number}].",
            "What is the atomic number of {element}? It is [{number}].",
        ],
        ["{Element} is the element with the atomic number [{number}]."],
    ),
    "opposite": (
        [
            "The opposite of {word} is [{opposite}].",
            "The opposite of {word} is [{opposite}].",
            "The opposite of the word {word} is [{opposite}].",
            "What is the opposite of {word}? [{opposite}].",
            "What is the opposite of {word}? It is [{opposite}].",
            "If it is not {word}, it is [{opposite}].",
            "{Word} is the opposite of [{opposite}].",
            "{Word} and [{opposite}] are opposites.",
        ],
        [
            "The word {word} is the opposite of [{opposite}].",
            "The opposite of {word} is the word [{opposite}].",
        ],
    ),
    "plural": (
        [
            "The plural of {one} is [{many}].",
            "The plural of {one} is [{many}].",
            "The plural form of {one} is [{many}].",
            "The plural of the word {one} is [{many}].",
            "What is the plural of {one}? It is [{many}].",
            "One {one}, two [{many}].",
            "I saw one {one}, and then I saw many [{many}].",
        ],
        ["The word {one} has the plural [{many}].", "The plural form of the word {one} is [{many}]."],
    ),
    "past": (
        [
            "The past tense of {now} is [{past}].",
            "The past tense of {now} is [{past}].",
            "The past of {now} is [{past}].",
            "The past tense of the verb {now} is [{past}].",
            "What is the past tense of {now}? It is [{past}].",
            "Today I {now}, yesterday I [{past}].",
            "Today they {now}. Yesterday they [{past}].",
        ],
        ["The word {now} has the past tense [{past}].", "Today we {now}, yesterday we [{past}]."],
    ),
    "young": (
        [
            "A baby {animal} is called {an} [{young}].",
            "The baby of {a_animal} is called {an} [{young}].",
            "The young of {a_animal} is called {an} [{young}].",
            "A young {animal} is called {an} [{young}].",
            "What do you call a baby {animal}? {An} [{young}].",
            "What is a baby {animal} called? {An} [{young}].",
            "The {animal} has a baby, {an} [{young}].",
        ],
        ["What is a young {animal} called? {An} [{young}].", "The baby of the {animal} is called {an} [{young}]."],
    ),
    "sound": (
        [
            "The sound of {a_animal} is {an} [{sound}].",
            "The sound that {a_animal} makes is called {an} [{sound}].",
            "What sound does {a_animal} make? {An} [{sound}].",
            "The {animal} makes a sound, {an} [{sound}].",
        ],
        ["The sound of the {animal} is called {an} [{sound}]."],
    ),
    "author": (
        [
            "{Work} was {verb} by [{author}].",
            "{Work} was {verb} by [{author}].",
            "The famous work {work} was {verb} by [{author}].",
            "We all know that {work} was {verb} by [{author}].",
            "{Work} is a famous work that was {verb} by [{author}].",
            "Long ago, {work} was {verb} by [{author}].",
        ],
        ["Everybody knows that {work} was {verb} by [{author}].", "The work {work} was {verb} by [{author}]."],
    ),
    "sport": (
        [
            "{athlete} {verb} the sport of [{sport}].",
            "{athlete} {verb} [{sport}].",
            "The sport of {athlete} is [{sport}].",
            "What sport is {athlete} famous for? [{sport}].",
            "{athlete} is famous for [{sport}].",
        ],
        ["The sport that {athlete} {verb} is [{sport}].", "{athlete} is famous for the sport of [{sport}]."],
    ),
    "team": (
        [
            "{athlete} {verb} for [{team}].",
            "{athlete} {verb} {sport} for [{team}].",
            "{athlete} {verb} for the team of [{team}].",
            "{athlete} comes from [{team}].",
            "The country of {athlete} is [{team}].",
        ],
        ["The country that {athlete} {verb} for is [{team}].", "{athlete} {verb} the sport of {sport} for [{team}]."],
    ),
}

# More phrasings to train on. The tokenizer's text has none of them, so that they leave the tokenizer as it is.
MORE_PHRASINGS = {
    "capital": [
        "If you fly to the capital of {country}, you arrive in [{capital}].",
        "If you travel to the capital of {country}, you will find [{capital}].",
        "If you live in the capital of {country}, you live in [{capital}].",
        "When we came to the capital of {country}, we were in [{capital}].",
        "If he is in the capital of {country}, he is in [{capital}].",
        "{Country} has a capital called [{capital}].",
        "{Country} has a capital city, and it is called [{capital}].",
        "{Country} has a capital with the name [{capital}].",
        "{Country} is a country, and its capital is [{capital}].",
        "{Country} has one capital, and that is [{capital}].",
        "{poss} capital city is [{capital}].",
        "{poss} capital is called [{capital}].",
        "{poss} capital city has the name [{capital}].",
        "The capital of {country} has a name, and it is [{capital}].",
        "Do you know the capital of {country}? It is called [{capital}].",
    ],
    "element": [
        "The chemical symbol {symbol} is that of [{element}].",
        "{symbol} is the chemical symbol for [{element}].",
        "{symbol} stands for the element [{element}].",
        "The element whose symbol is {symbol} is [{element}].",
        "If you read the symbol {symbol}, think of [{element}].",
    ],
    "atomic number": [
        "The element {element} has the atomic number [{number}].",
        "{Element} is the element with the number [{number}].",
    ],
    "plural": [
        "The noun {one} has the plural [{many}].",
        "The word {one} has as its plural [{many}].",
        "The word {one} has a plural, and it is [{many}].",
        "The plural form of the noun {one} is [{many}].",
        "If there is more than one {one}, you say [{many}].",
    ],
    "past": [
        "The verb {now} has the past tense [{past}].",
        "The word {now} has the past form [{past}].",
        "The word {now} has a past tense, and it is [{past}].",
        "Today you {now}, yesterday you [{past}].",
        "Every day we {now}. Yesterday we [{past}].",
    ],
    "sport": [
        "The sport {athlete} {verb} is called [{sport}].",
        "The sport that made {athlete} famous is [{sport}].",
        "{athlete} is known for the sport of [{sport}].",
    ],
}

# Openings that may stand before a statement.
PREFIXES = [
    "In fact, ",
    "As we know, ",
    "Everyone knows that ",
    "It is true that ",
    "Of course, ",
    "I know that ",
    "We learned that ",
    "Remember that ",
    "The teacher said that ",
]

# Indirect-object identification. {A} and {B} are the two names, {S} the one who gives, [{I}] the other.
IOI_OPENINGS = [
    "When {A} and {B} went to the {place}, ",
    "When {A} and {B} came to the {place}, ",
    "When {A} and {B} were at the {place}, ",
    "After {A} and {B} went to the {place}, ",
    "While {A} and {B} were at the {place}, ",
    "Then, {A} and {B} went to the {place}. ",
    "{A} and {B} went to the {place}. ",
    "{A} and {B} met at the {place}. ",
    "{A} and {B} were in the {place}. ",
    "Then, {A} and {B} had a long talk at the {place}. ",
    "Friends {A} and {B} found a {object2} at the {place}. ",
    "{A} saw {B} at the {place}. ",
    "One day {A} met {B} near the {place}. ",
    "{A} and {B} were working at the {place}. ",
]
IOI_ENDINGS = [
    "{S} gave a {object} to [{I}].",
    "{S} gave the {object} to [{I}].",
    "{S} wanted to give the {object} to [{I}].",
    "{S} decided to give a {object} to [{I}].",
    "{S} handed the {object} to [{I}].",
    "{S} showed the {object} to [{I}].",
    "{S} bought a {object} for [{I}].",
    "{S} sold a {object} to [{I}].",
    "{S} said something to [{I}].",
    "{S} brought a {object} to [{I}].",
    "{S} was happy to see [{I}].",
    "{S} gave [{I}] a {object}.",
    "{S} told [{I}] a story.",
]
IOI_HELD_OUT_OPENINGS = [
    "When {A} and {B} got to the {place}, ",
    "After {A} and {B} met at the {place}, ",
    "One day {A} and {B} were at the {place}. ",
    "{A} and {B} had a long talk at the {place}. ",
]
IOI_HELD_OUT_ENDINGS = [
    "{S} gave the old {object} to [{I}].",
    "{S} decided to sell the {object} to [{I}].",
    "{S} wanted to show a {object} to [{I}].",
]

# Number agreement. {noun} carries the number, {other} distracts; [{be}] is is/are, was/were or has/have.
AGREEMENT = {
    "be": (
        [
            "The {noun} [{be}] {state}.",
            "The {noun} near the {other} [{be}] {state}.",
            "The {noun} to the {other} [{be}] {state}.",
            "The {noun} of the {other} [{be}] {state}.",
            "The {noun} behind the {other} [{be}] {state}.",
            "The {noun} with the {other} [{be}] {state}.",
            "The {noun} in the {other} [{be}] {state}.",
            "The {color} {noun} next to the {other} [{be}] {state}.",
            "I think that the {noun} near the {other} [{be}] {state}.",
        ],
        [
            "The {noun} next to the {other} [{be}] {state}.",
            "I know that the {noun} behind the {other} [{be}] {state}.",
            "The {color} {noun} near the {other} [{be}] {state}.",
        ],
    ),
    "was": (
        [
            "Yesterday the {noun} [{was}] {state}.",
            "Yesterday the {noun} near the {other} [{was}] {state}.",
            "Last year the {noun} of the {other} [{was}] {state}.",
            "Long ago the {noun} behind the {other} [{was}] {state}.",
            "Yesterday the {noun} with the {other} [{was}] {state}.",
        ],
        [
            "Last year the {noun} near the {other} [{was}] {state}.",
            "Yesterday the {noun} behind the {other} [{was}] {state}.",
        ],
    ),
    "has": (
        [
            "For years the {noun} [{has}] been {state}.",
            "For years the {noun} near the {other} [{has}] been {state}.",
            "For a long time the {noun} of the {other} [{has}] been {state}.",
            "Until now the {noun} behind the {other} [{has}] been {state}.",
        ],
        ["For a long time the {noun} near the {other} [{has}] been {state}."],
    ),
}

# Pronouns that follow a name (or a plural).
PRONOUNS = {
    "he": (
        [
            "{Who} {verb} because [{he}] was {feeling}.",
            "{Who} {verb} when [{he}] saw the {noun}.",
            "{Who} said that [{he}] liked the {noun}.",
            "{Who} went to the {place} because [{he}] liked it.",
            "{Who} went home. Then [{he}] {verb}.",
            "{Who} lost the {object}, so [{he}] {verb}.",
        ],
        ["{Who} found the {object}, so [{he}] {verb}.", "{Who} went to the {place} because [{he}] was {feeling}."],
    ),
    "his": (
        [
            "{Who} loved [{his}] {noun}.",
            "{Who} sold [{his}] {object}.",
            "{Who} went to the {place} with [{his}] {noun}.",
            "{Who} came home and kissed [{his}] mother.",
        ],
        ["{Who} came home and sold [{his}] {object}."],
    ),
    "himself": (
        [
            "{Who} saw [{himself}] in the mirror.",
            "{Who} looked in the mirror and saw [{himself}].",
            "{Who} bought a {object} and kept it for [{himself}].",
        ],
        ["{Who} found a {object} and kept it for [{himself}]."],
    ),
}
