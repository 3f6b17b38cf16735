package main

import (
	_ "embed"
	"errors"
	"fmt"
	"os"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/webmunit/webmunit/weights/nvlabs"
)

//go:embed wares.yaml
var waresConfig []byte

// row is a row of the table: a method, what its training changes in the config, and what the paper has for it.
type row struct {
	name    string // of its folder, and in --rows
	title   string
	trained bool
	config  map[string]any
	paper   string // Huang et al. 2018, table 1, edges → shoes: people's preference in %, and diversity as LPIPS
}

// paperSet is the data set that stands beside the paper's numbers.
const paperSet = "shoes"

// cycle is the weight of cycle consistency in UNIT and CycleGAN (Liu et al. 2017, Zhu et al. 2017). MUNIT has none in the paper's table.
const cycle = 10

// store is how many earlier translations CycleGAN's discriminators are shown again (Zhu et al. 2017, section 4).
const store = 50

var rows = []row{
	{"munit", "MUNIT", true, nil, "50.0 %, .109"},
	{"munit-no-x", "MUNIT without image reconstruction", true, map[string]any{"recon_x_w": 0}, "6.0 %, .213"},
	{"munit-no-c", "MUNIT without content reconstruction", true, map[string]any{"recon_c_w": 0}, "20.7 %, .172"},
	{"munit-no-s", "MUNIT without style reconstruction", true, map[string]any{"recon_s_w": 0}, "28.6 %, .070"},
	{"unit", "UNIT", true, map[string]any{"trainer": "UNIT", "recon_x_cyc_w": cycle}, "37.4 %, .011"},
	{"cyclegan", "CycleGAN", true, map[string]any{"trainer": "CycleGAN", "recon_x_cyc_w": cycle, "pool_size": store}, "36.0 %, .010"},
	{"cyclegan-noise", "CycleGAN with noise", true, map[string]any{"trainer": "CycleGANNoise", "recon_x_cyc_w": cycle, "pool_size": store}, "29.5 %, .016"},
	{"bicyclegan", "BicycleGAN (paired)", true,
		map[string]any{"trainer": "BicycleGAN", "recon_s_w": 0.5, "learn_logvar": true, "use_same_D": false, "data_folder_train_a": "pairsA", "data_folder_train_b": "pairsB"}, "56.7 %, .104"},
	{"real", "real pictures", false, nil, "–, .293"},
}

// chooseRows are those that names, with commas between, name; all where it is empty.
func chooseRows(names string) ([]row, error) {
	if names == "" {
		return rows, nil
	}
	var chosen []row
	for name := range strings.SplitSeq(names, ",") {
		found := false
		for _, r := range rows {
			if r.name == strings.TrimSpace(name) {
				chosen, found = append(chosen, r), true
			}
		}
		if !found {
			var known []string
			for _, r := range rows {
				known = append(known, r.name)
			}
			return nil, fmt.Errorf("%w: --rows: there is no row %q; there are %s", errUse, name, strings.Join(known, ", "))
		}
	}
	return chosen, nil
}

// training is the row's config: base with the row's changes.
func (r row) training(base []byte) (nvlabs.Training, []byte, error) {
	var keys map[string]any
	if err := yaml.Unmarshal(base, &keys); err != nil {
		return nvlabs.Training{}, nil, fmt.Errorf("the config: %w", err)
	}
	if keys == nil {
		return nvlabs.Training{}, nil, errors.New("the config is empty")
	}
	for key, value := range r.config {
		keys[key] = value
	}
	text, err := yaml.Marshal(keys)
	if err != nil {
		return nvlabs.Training{}, nil, err
	}
	c, _, err := nvlabs.ParseTraining(text)
	return c, text, err
}

// readConfig is the config at path, or ours where path is empty.
func readConfig(path string) ([]byte, error) {
	if path == "" {
		return waresConfig, nil
	}
	return os.ReadFile(path)
}
