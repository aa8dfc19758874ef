/** The small world that the quickstart corpus talks about: words, and the facts that tie them together. */

export const names = ['Anna', 'Ben', 'Clara', 'David', 'Emma', 'Finn', 'Grace', 'Henry', 'Ida', 'Jack', 'Kate', 'Leo'];
export const girls = new Set(['Anna', 'Clara', 'Emma', 'Grace', 'Ida', 'Kate']);

export const colors = ['red', 'blue', 'green', 'yellow', 'white', 'black', 'brown', 'gray', 'golden', 'silver'];

export const things = [
  'ball',
  'book',
  'hat',
  'cup',
  'key',
  'lamp',
  'coat',
  'box',
  'bell',
  'map',
  'rope',
  'chair',
  'basket',
  'blanket',
  'bottle',
  'candle',
  'coin',
  'drum',
  'letter',
  'mirror',
  'picture',
  'ring',
  'shoe',
  'spoon',
  'umbrella',
];

export const spots = [
  'on the table',
  'under the bed',
  'behind the door',
  'next to the window',
  'in the kitchen',
  'in the garden',
  'on the shelf',
  'near the stairs',
  'in the big bag',
  'under the old tree',
  'beside the fire',
  'on the roof',
];

/** Places with what people do there. */
export const places: Record<string, readonly string[]> = {
  'the beach': ['swim in the sea', 'build a castle', 'look for shells'],
  'the forest': ['climb a tree', 'listen to the birds', 'look for berries'],
  'the market': ['buy some bread', 'sell apples', 'talk to the baker'],
  'the library': ['read a story', 'borrow a book', 'sit in silence'],
  'the river': ['catch a fish', 'throw stones', 'sail a small boat'],
  'the park': ['fly a kite', 'play with a ball', 'feed the ducks'],
  'the school': ['learn to write', 'draw a picture', 'sing a song'],
  'the harbor': ['watch the ships', 'talk to the sailors', 'look for treasure'],
  'the farm': ['milk the cow', 'ride a horse', 'feed the sheep'],
  'the mountain': ['walk to the top', 'look at the clouds', 'play in the snow'],
};

export interface Animal {
  size: string;
  home: string;
  food: string;
  can: readonly string[];
}
export const animals: Record<string, Animal> = {
  cat: { size: 'small', home: 'in a house', food: 'fish', can: ['climb', 'run', 'jump'] },
  dog: { size: 'friendly', home: 'in a house', food: 'meat', can: ['run', 'swim', 'jump'] },
  bird: { size: 'small', home: 'in a nest', food: 'seeds', can: ['fly', 'sing'] },
  horse: { size: 'big', home: 'on a farm', food: 'grass', can: ['run', 'jump'] },
  fish: { size: 'quiet', home: 'in the sea', food: 'worms', can: ['swim'] },
  rabbit: { size: 'small', home: 'in a hole', food: 'carrots', can: ['run', 'jump'] },
  bear: { size: 'strong', home: 'in the forest', food: 'honey', can: ['climb', 'run', 'swim'] },
  duck: { size: 'funny', home: 'on the lake', food: 'bread', can: ['fly', 'swim'] },
  mouse: { size: 'tiny', home: 'in the wall', food: 'cheese', can: ['climb', 'run'] },
  cow: { size: 'big', home: 'on a farm', food: 'grass', can: ['run'] },
  frog: { size: 'green', home: 'in a pond', food: 'flies', can: ['jump', 'swim'] },
  owl: { size: 'wise', home: 'in an old tree', food: 'mice', can: ['fly'] },
  monkey: { size: 'clever', home: 'in the jungle', food: 'bananas', can: ['climb', 'jump'] },
  whale: { size: 'huge', home: 'in the sea', food: 'tiny fish', can: ['swim', 'sing'] },
  parrot: { size: 'noisy', home: 'in the jungle', food: 'nuts', can: ['fly', 'climb'] },
  turtle: { size: 'slow', home: 'on the beach', food: 'leaves', can: ['swim'] },
};
export const skills = ['fly', 'swim', 'climb', 'run', 'jump', 'sing'];

export const foods = [
  'bread',
  'cheese',
  'soup',
  'apples',
  'cake',
  'honey',
  'rice',
  'fish',
  'carrots',
  'nuts',
  'cookies',
  'beans',
];
export const weathers = ['sunny', 'rainy', 'windy', 'cold', 'warm', 'cloudy', 'foggy', 'stormy'];
export const towns = ['London', 'Paris', 'Rome', 'Boston', 'Lima', 'Oslo', 'Cairo', 'Berlin'];
export const jobs = ['teacher', 'doctor', 'baker', 'farmer', 'sailor', 'painter', 'cook', 'singer'];
export const times = ['today', 'yesterday', 'this morning', 'last night', 'on Sunday', 'on Monday', 'last week'];
export const parts = ['morning', 'afternoon', 'evening', 'spring', 'summer', 'autumn', 'winter'];
export const numbers = ['two', 'three', 'four', 'five', 'six', 'seven', 'eight', 'nine', 'ten'];

export const opposites: Record<string, string> = {
  hot: 'cold',
  big: 'small',
  fast: 'slow',
  happy: 'sad',
  old: 'young',
  dark: 'light',
  full: 'empty',
  hard: 'soft',
  wet: 'dry',
  strong: 'weak',
  early: 'late',
  high: 'low',
};

/** What helps against a feeling. */
export const feelings: Record<string, readonly string[]> = {
  tired: ['rest for a while', 'go to bed early'],
  hungry: ['eat some bread', 'have a bowl of soup'],
  thirsty: ['drink a glass of water', 'have a cup of tea'],
  sad: ['talk to a good friend', 'listen to a happy song'],
  cold: ['put on a warm coat', 'sit beside the fire'],
  bored: ['read a good book', 'play a game with a friend'],
  afraid: ['hold my hand', 'turn on the lamp'],
  lost: ['look at the map', 'ask somebody for help'],
  late: ['run to the school', 'take the fast road'],
  angry: ['take a deep breath', 'go for a long walk'],
};
