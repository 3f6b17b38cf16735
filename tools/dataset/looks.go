package main

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
)

// collection is a DiceBear style and how often it is drawn.
type collection struct {
	name   string
	weight float64
	part   string // the option some of whose variants only test pictures have, or none
	bust   bool   // shoulders touch the lower edge
}

// Both are busts in black ink around flat colours: one look, which a small network can master.
var collections = []collection{
	{name: "micah", weight: 1, bust: true},
	{name: "openPeeps", weight: 1, part: "head", bust: true},
}

// others are line art without colours, by designers whom training does not see.
var others = []string{"notionists", "croodles"}

// heldOut is the share of a part's variants that only test pictures have.
const heldOut = 0.12

// colours are those of an avatar, as hexadecimal RGB.
type colours struct {
	Skin   string `json:"skin,omitempty"`
	Hair   string `json:"hair,omitempty"`
	Cloth  string `json:"cloth,omitempty"`
	Ground string `json:"ground"`
}

var (
	skins  = []string{"ffdbb4", "f2d3b1", "edb98a", "ecad80", "d08b5b", "ae5d29", "9e5622", "7a4a2b"}
	hairs  = []string{"2c1b18", "4a312c", "724133", "a55728", "b58143", "d6b370", "ecdcbf", "c93305", "dfe6ea"}
	cloths = []string{"e78276", "ffcf77", "fdea6b", "78e185", "9ddadb", "8fa7df", "e279c7", "333844", "f5f5f5", "d11141", "0b6e99", "2a9d5c", "f3722c", "6a4c93"}
	// White twice: it is common.
	grounds = []string{"ffffff", "ffffff", "b6e3f4", "c0aede", "d1d4f9", "ffd5dc", "ffdfbf", "d2f5c4", "fff3b0", "7bdff2", "f7b267", "90be6d", "577590"}
	// Of creatures that are not quite human.
	fancySkins = append(slices.Clone(skins), "c9b6ff", "9be3c0", "8ec9ff", "ffb3c7", "f4e285", "b8c4cc")
	fancyHairs = append(slices.Clone(hairs), "4f8cff", "7a3fd1", "16a085", "ff5fa2", "f4b400", "2ec4b6", "ef476f", "9bd34a")

	// What drawings are filled with: skin lightest, as the page fills what lies inside an outline so.
	avatarTones = colours{Skin: grey(bodyTone), Hair: grey(hairTone), Cloth: grey(trimTone), Ground: grey(255)}
	// Some hands fill all alike.
	plainTones = colours{Skin: grey(bodyTone), Hair: grey(bodyTone), Cloth: grey(bodyTone), Ground: grey(255)}

	// garish are the colours in which lines are looked for: none is dark, and no two parts have the same in both.
	garish = []colours{{"ffd0a0", "5070ff", "40d060", "ffffff"}, {"90e0ff", "ff6050", "e8d000", "ff90ff"}}
)

func grey(tone uint8) string { return strings.Repeat(fmt.Sprintf("%02x", tone), 3) }

func chooseColours(r *rand.Rand) colours {
	s, h := skins, hairs
	fancy := r.Float64() < 0.3
	if fancy {
		s = fancySkins
	}
	if fancy || r.Float64() < 0.35 {
		h = fancyHairs
	}
	return colours{Skin: pick(r, s), Hair: pick(r, h), Cloth: pick(r, cloths), Ground: pick(r, grounds)}
}

// chooseLook takes a collection and everything about an avatar but its colours. novel takes variants that training does not see.
func chooseLook(r *rand.Rand, seed string, parts map[string]map[string][]string, novel bool) drawing {
	c := chooseCollection(r)
	for novel && c.part == "" {
		c = pick(r, collections)
	}
	options := map[string]any{"seed": seed, "hairProbability": 96}
	if c.part != "" {
		known, held := split(parts[c.name][c.part])
		if novel {
			known = held
		}
		options[c.part] = known
	}
	if c.bust {
		options["scale"], options["translateX"], options["translateY"] = 100+r.IntN(14), r.IntN(9)-4, r.IntN(5)
	} else {
		options["scale"], options["translateX"], options["translateY"] = 90+r.IntN(22), r.IntN(11)-5, r.IntN(11)-5
	}
	return drawing{Collection: c.name, Options: options}
}

func chooseCollection(r *rand.Rand) collection {
	total := 0.0
	for _, c := range collections {
		total += c.weight
	}
	at := r.Float64() * total
	for _, c := range collections {
		if at -= c.weight; at < 0 {
			return c
		}
	}
	return collections[0]
}

// split divides variants into those of training and those held out of it, always the same.
func split(variants []string) (known, held []string) {
	all := slices.Sorted(slices.Values(variants))
	r := random("held out", len(all))
	r.Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
	n := max(1, int(math.Round(heldOut*float64(len(all)))))
	return all[n:], all[:n]
}
