package nvlabs_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/webmunit/webmunit/weights/nvlabs"
)

const trainingYAML = `
image_save_iter: 10000        # how often
image_display_iter: 100
display_size: 8
snapshot_save_iter: 10000
log_iter: 1
max_iter: 1000000
batch_size: 1
weight_decay: 0.0001
beta1: 0.5
beta2: 0.999
init: kaiming
lr: 1e-4
lr_policy: step
step_size: 100
gamma: 0.5
gan_w: 1
recon_x_w: 10
recon_s_w: 1
recon_c_w: 1
recon_x_cyc_w: 10
vgg_w: 0
gen:
  dim: 16
  mlp_dim: 32
  style_dim: 8
  activ: relu
  n_downsample: 2
  n_res: 4
  pad_type: reflect
dis:
  dim: 16
  norm: none
  activ: lrelu
  n_layer: 4
  gan_type: lsgan
  num_scales: 3
  pad_type: reflect
input_dim_a: 3
input_dim_b: 1
num_workers: 8
new_size_a: 256
new_size_b: 300
crop_image_height: 128
crop_image_width: 256
data_root: ./datasets/x/
data_folder_train_a: ./datasets/x/trainA
data_list_train_a: ./datasets/x/list_trainA.txt
someone_elses_key: 3
`

func TestParseTraining(t *testing.T) {
	c, warnings, err := nvlabs.ParseTraining([]byte(trainingYAML))
	require.NoError(t, err)
	assert.Equal(t, []string{
		"the config's key someone_elses_key has no meaning here",
		"the config's keys data_folder_train_a and data_list_train_a do not count beside data_root, which takes trainA in its folder",
	}, warnings)
	assert.Equal(t, 1e-4, c.LR)
	assert.Equal(t, 10.0, c.ReconXCycW)
	assert.Equal(t, 300, c.NewSizeB)
	assert.Equal(t, "./datasets/x/list_trainA.txt", c.Lists[0].File)
	assert.Equal(t, 0.999, c.EMA, "ours, which their files do not have")
	assert.Equal(t, [2]float64{0.01, 0.01}, [2]float64{c.ReconKLW, c.ReconKLCycW}, "those of NVlabs' unit configs")
	_, _, err = nvlabs.ParseTraining([]byte(strings.Replace(trainingYAML, "new_size_a: 256", "new_size_a: 200", 1)))
	assert.NoError(t, err, "the shorter side of a crop has to fit the shorter side of pictures")
	both, _, err := nvlabs.ParseTraining([]byte(trainingYAML + "new_size: 280\n"))
	require.NoError(t, err)
	assert.Equal(t, [2]int{280, 280}, [2]int{both.NewSizeA, both.NewSizeB}, "new_size counts where it is there")
	h, w := c.Crop()
	assert.Equal(t, [2]int{128, 256}, [2]int{h, w})
	assert.InDelta(t, 1e-4, c.Rate(99), 1e-12)
	assert.InDelta(t, 0.25e-4, c.Rate(299), 1e-12)
	assert.InDelta(t, 0.25e-4, c.DisRate(299), 1e-12, "dis_lr left out is lr")
	c.DisLR = 4e-4
	assert.InDelta(t, 1e-4, c.DisRate(299), 1e-12)
}

func TestConfigWithoutStylesIsUNITs(t *testing.T) {
	yaml := strings.NewReplacer("  mlp_dim: 32\n", "", "  style_dim: 8\n", "").Replace(trainingYAML)
	c, _, err := nvlabs.ParseTraining([]byte(yaml))
	require.NoError(t, err)
	assert.Equal(t, "UNIT", c.Trainer)
	c, _, err = nvlabs.ParseTraining([]byte(yaml + "trainer: CycleGAN\n"))
	require.NoError(t, err)
	assert.Equal(t, "CycleGAN", c.Trainer)
	_, _, err = nvlabs.ParseTraining([]byte(yaml + "trainer: MUNIT\n"))
	assert.ErrorContains(t, err, "gen.mlp_dim is missing")
	_, _, err = nvlabs.ParseTraining([]byte(strings.Replace(trainingYAML, "  style_dim: 8\n", "", 1)))
	assert.ErrorContains(t, err, "gen.style_dim is missing")
}

func TestParseTrainingNamesTheKeyAtFault(t *testing.T) {
	for change, says := range map[string]string{
		"lr: 1e-4 → lr: fast":                                                    "lr",
		"lr: 1e-4 → lr: .nan":                                                    "lr is NaN",
		"beta1: 0.5 → beta1: 1":                                                  "beta1 is 1",
		"init: kaiming → init: orthogonal":                                       "init",
		"norm: none → norm: in":                                                  "dis.norm",
		"batch_size: 1 → batch_size: 0":                                          "batch_size",
		"crop_image_width: 256 → crop_image_width: 255":                          "multiples of 4",
		"new_size_a: 256 → new_size_a: 100":                                      "new_size_a",
		"lr_policy: step → lr_policy: cosine":                                    "lr_policy",
		"recon_x_w: 10 → recon_x_w: -1":                                          "recon_x_w",
		"input_dim_a: 3 → trainer: pix2pix\ninput_dim_a: 3":                      "trainer",
		"input_dim_a: 3 → lambda_identity: 1\ninput_dim_a: 3":                    "trainer is MUNIT",
		"input_dim_a: 3 → trainer: CycleGAN\nlambda_identity: 1\ninput_dim_a: 3": "input_dim_a is 3, input_dim_b 1",
		"input_dim_a: 3 → pool_size: 50\ninput_dim_a: 3":                         "trainer is MUNIT",
		"input_dim_a: 3 → trainer: CycleGAN\npool_size: 5000\ninput_dim_a: 3":    "pool_size is 5000",
		"input_dim_a: 3 → learn_logvar: true\ninput_dim_a: 3":                    "trainer is MUNIT",
		"input_dim_a: 3 → use_same_D: false\ninput_dim_a: 3":                     "trainer is MUNIT",
		"input_dim_a: 3 → lambda_identity: -1\ninput_dim_a: 3":                   "lambda_identity is -1",
	} {
		from, to, _ := strings.Cut(change, " → ")
		require.Contains(t, trainingYAML, from)
		_, _, err := nvlabs.ParseTraining([]byte(strings.Replace(trainingYAML, from, to, 1)))
		assert.ErrorContains(t, err, says, change)
	}
	for _, text := range []string{"", "[]", "gen: 3", "\x00"} {
		_, _, err := nvlabs.ParseTraining([]byte(text))
		assert.Error(t, err, text)
	}
}
