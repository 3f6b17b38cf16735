package nvlabs

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"math"
	"slices"

	"github.com/webmunit/webmunit/weights"
)

// Training is a whole NVlabs YAML config: the model's keys and those of its training, under NVlabs' names. Keys that a config leaves out have
// the values of NVlabs' own configs. The keys of ours, which NVlabs' programs do not know, are Trainer, InitShared,
// DisInit, EMA, VGGWeights and LearnLogvar, and junyanz' LambdaIdentity, PoolSize and UseSameD.
type Training struct {
	Model weights.Config

	Trainer string // trainer: one of Trainers

	MaxIter     int     // max_iter
	BatchSize   int     // batch_size
	WeightDecay float64 // weight_decay: L2, added to the gradient
	Beta1       float64 // beta1
	Beta2       float64 // beta2
	Init        string  // init: gaussian, kaiming or xavier, of the generators
	DisInit     string  // dis_init: the same of the discriminators; NVlabs' is gaussian always
	InitShared  bool    // init_shared: both generators start with the same weights
	LR          float64 // lr
	DisLR       float64 // dis_lr: lr of the discriminators, for two time scales (Heusel et al. 2017); 0: lr, as NVlabs' is always
	LRPolicy    string  // lr_policy: constant or step
	StepSize    int     // step_size: iterations
	Gamma       float64 // gamma: what lr is multiplied with after each step
	EMA         float64 // ema: what stays of the averaged generators per iteration; 0 switches averaging off

	GanW        float64 // gan_w
	ReconXW     float64 // recon_x_w
	ReconSW     float64 // recon_s_w
	ReconCW     float64 // recon_c_w
	ReconXCycW  float64 // recon_x_cyc_w
	ReconKLW    float64 // recon_kl_w: of methods with variational encoders (UNIT, BicycleGAN)
	ReconKLCycW float64 // recon_kl_cyc_w

	LambdaIdentity float64 // lambda_identity, junyanz' key: of CycleGAN, a share of recon_x_cyc_w
	PoolSize       int     // pool_size, junyanz' key: of CycleGAN, earlier translations of each domain that are stored to be judged again
	LearnLogvar    bool    // learn_logvar: BicycleGAN's style encoder gives the variance, too, as theirs does always
	UseSameD       bool    // use_same_D, junyanz' key: BicycleGAN has one discriminator for both kinds of translations
	VGGW           float64 // vgg_w
	VGGWeights     string  // vgg_weights: path of VGG16's weights, if vgg_w is not 0

	SnapshotSaveIter int // snapshot_save_iter: iterations between checkpoints
	ImageSaveIter    int // image_save_iter: between sheets that are kept
	ImageDisplayIter int // image_display_iter: between updates of the current sheet
	DisplaySize      int // display_size: pictures on a sheet
	LogIter          int // log_iter: between lines of the log

	DataRoot   string // data_root: with trainA, trainB, testA, testB, unless the folders are named
	NumWorkers int    // num_workers: pictures decoded at once
	NewSizeA   int    // new_size, or without it new_size_a: shorter side in pixels; 0 keeps the pictures' own
	NewSizeB   int    // new_size, or without it new_size_b
	Lists      [4]List
}

// List is where the pictures of one of Training's sets are: of trainA, trainB, testA, testB, in that order.
type List struct {
	Folder string // data_folder_train_a and so on
	File   string // data_list_train_a and so on: names within Folder, one a line
}

// ListNames are the folders of data_root, in the order of Training.Lists.
var ListNames = [4]string{"trainA", "trainB", "testA", "testB"}

var listKeys = [4]string{"train_a", "train_b", "test_a", "test_b"}

// ParseTraining reads a config for training and checks it. Errors name the key. Warnings are sentences for people, about keys that have no
// meaning here and the like.
func ParseTraining(data []byte) (t Training, warnings []string, err error) {
	root, warnings, err := readConfig(data)
	if err != nil {
		return t, nil, err
	}
	t.setDefaults()
	method, err := root.method()
	if err != nil {
		return t, nil, err
	}
	t.Trainer = cmp.Or(method, MUNIT)
	if t.Model, err = root.model(method); err != nil {
		return t, nil, err
	}
	if _, ok := root["dis"]; !ok {
		return t, nil, errors.New("config: there is no dis section: training needs the discriminators' keys (dis: dim, norm, activ, n_layer, gan_type, num_scales, pad_type)")
	}
	if t.Model.Dis, err = root.dis(); err != nil {
		return t, nil, err
	}
	fields := t.fields()
	for key, into := range fields {
		if err := root.optional("", key, into); err != nil {
			return t, nil, err
		}
	}
	t.NewSizeA, t.NewSizeB = t.Model.Size(weights.A), t.Model.Size(weights.B)
	warnings = append(warnings, t.dataWarnings()...)
	known := append(append(modelKeys(), "trainer"), slices.Collect(maps.Keys(fields))...)
	for key := range root {
		if !slices.Contains(known, key) {
			warnings = append(warnings, fmt.Sprintf("the config's key %s has no meaning here", key))
		}
	}
	slices.Sort(warnings)
	return t, warnings, t.Validate()
}

// isUNIT tells NVlabs' configs for UNIT, which they train with by a flag: they have no keys of styles.
func (root section) isUNIT() bool {
	gen, err := root.section("gen")
	_, mlp := gen["mlp_dim"]
	_, style := gen["style_dim"]
	return err == nil && !mlp && !style
}

// setDefaults gives the keys that older configs do not have the values that they stand for.
func (t *Training) setDefaults() {
	t.MaxIter, t.BatchSize = 1_000_000, 1
	t.WeightDecay, t.Beta1, t.Beta2 = 0.0001, 0.5, 0.999
	t.Init, t.LR, t.LRPolicy, t.StepSize, t.Gamma = "kaiming", 0.0001, "step", 100_000, 0.5
	t.EMA, t.DisInit = 0.999, "gaussian"
	t.GanW, t.ReconXW, t.ReconSW, t.ReconCW = 1, 10, 1, 1
	t.ReconKLW, t.ReconKLCycW = 0.01, 0.01
	t.SnapshotSaveIter, t.ImageSaveIter, t.ImageDisplayIter, t.DisplaySize, t.LogIter = 10_000, 10_000, 500, 8, 10
	t.NumWorkers, t.UseSameD = 2, true
}

func (t *Training) fields() map[string]any {
	fields := map[string]any{
		"max_iter": &t.MaxIter, "batch_size": &t.BatchSize,
		"weight_decay": &t.WeightDecay, "beta1": &t.Beta1, "beta2": &t.Beta2, "init": &t.Init, "init_shared": &t.InitShared, "dis_init": &t.DisInit,
		"lr": &t.LR, "dis_lr": &t.DisLR, "lr_policy": &t.LRPolicy, "step_size": &t.StepSize, "gamma": &t.Gamma, "ema": &t.EMA,
		"gan_w": &t.GanW, "recon_x_w": &t.ReconXW, "recon_s_w": &t.ReconSW, "recon_c_w": &t.ReconCW, "recon_x_cyc_w": &t.ReconXCycW,
		"lambda_identity": &t.LambdaIdentity, "recon_kl_w": &t.ReconKLW, "recon_kl_cyc_w": &t.ReconKLCycW,
		"pool_size": &t.PoolSize, "learn_logvar": &t.LearnLogvar, "use_same_D": &t.UseSameD,
		"vgg_w": &t.VGGW, "vgg_weights": &t.VGGWeights,
		"snapshot_save_iter": &t.SnapshotSaveIter, "image_save_iter": &t.ImageSaveIter, "image_display_iter": &t.ImageDisplayIter,
		"display_size": &t.DisplaySize, "log_iter": &t.LogIter,
		"data_root": &t.DataRoot, "num_workers": &t.NumWorkers,
	}
	for i, key := range listKeys {
		fields["data_folder_"+key], fields["data_list_"+key] = &t.Lists[i].Folder, &t.Lists[i].File
	}
	return fields
}

// dataWarnings tells of keys that others take the effect of, as they do in NVlabs' loader.
func (t *Training) dataWarnings() (warnings []string) {
	for i, l := range t.Lists {
		if t.DataRoot != "" && l != (List{}) {
			warnings = append(warnings, fmt.Sprintf("the config's keys data_folder_%[1]s and data_list_%[1]s do not count beside data_root, which takes %[2]s in its folder", listKeys[i], ListNames[i]))
		}
	}
	return warnings
}

func modelKeys() []string {
	return []string{"gen", "dis", "input_dim_a", "input_dim_b", "new_size", "new_size_a", "new_size_b", "crop_image_height", "crop_image_width"}
}

// MUNIT is the method whose generators are a model for inference.
const MUNIT = "MUNIT"

// Trainers are the methods that a config can name: MUNIT, and those that it is compared with.
var Trainers = []string{MUNIT, "UNIT", "CycleGAN", "CycleGANNoise", "BicycleGAN"}

const (
	maxWeight = 1e6 // of a loss term
	maxPool   = 1000
)

// Validate reports the first key whose value cannot be trained with.
func (t *Training) Validate() error {
	if err := t.Model.Validate(); err != nil {
		return err
	}
	if err := t.Model.Dis.Validate(); err != nil {
		return err
	}
	checks := []error{
		choice("init", t.Init, "gaussian", "kaiming", "xavier"), choice("dis_init", t.DisInit, "gaussian", "kaiming", "xavier"),
		choice("lr_policy", t.LRPolicy, "constant", "step"),
		choice("dis.norm", t.Model.Dis.Norm, "none"),
		least("max_iter", t.MaxIter, 1), least("batch_size", t.BatchSize, 1), least("step_size", t.StepSize, 1),
		least("snapshot_save_iter", t.SnapshotSaveIter, 1), least("image_save_iter", t.ImageSaveIter, 1),
		least("image_display_iter", t.ImageDisplayIter, 1), least("display_size", t.DisplaySize, 1), least("log_iter", t.LogIter, 1),
		least("num_workers", t.NumWorkers, 0), least("new_size_a", t.NewSizeA, 0), least("new_size_b", t.NewSizeB, 0),
		within("lr", t.LR, 0, 1), within("dis_lr", t.DisLR, 0, 1), within("weight_decay", t.WeightDecay, 0, 1), within("gamma", t.Gamma, 0, 1),
		within("beta1", t.Beta1, 0, 0.999999), within("beta2", t.Beta2, 0, 0.999999), within("ema", t.EMA, 0, 0.999999),
		within("gan_w", t.GanW, 0, maxWeight), within("recon_x_w", t.ReconXW, 0, maxWeight), within("recon_s_w", t.ReconSW, 0, maxWeight),
		within("recon_c_w", t.ReconCW, 0, maxWeight), within("recon_x_cyc_w", t.ReconXCycW, 0, maxWeight), within("recon_kl_w", t.ReconKLW, 0, maxWeight),
		within("recon_kl_cyc_w", t.ReconKLCycW, 0, maxWeight), within("vgg_w", t.VGGW, 0, maxWeight),
		within("lambda_identity", t.LambdaIdentity, 0, maxWeight), within("pool_size", float64(t.PoolSize), 0, maxPool),
	}
	for _, err := range checks {
		if err != nil {
			return err
		}
	}
	return t.checkTogether()
}

// Crop is the size of the pictures that the networks are trained on, in pixels: crop_image_height and crop_image_width, or new_size squared.
func (t *Training) Crop() (height, width int) {
	size := or(t.Model.NewSize, t.NewSizeA)
	return or(t.Model.CropImageHeight, size), or(t.Model.CropImageWidth, size)
}

func (t *Training) checkTogether() error {
	switch c := t.Model; {
	case t.LambdaIdentity > 0 && t.Trainer != "CycleGAN":
		return fmt.Errorf("config: lambda_identity is a key of CycleGAN, and trainer is %s", t.Trainer)
	case t.PoolSize > 0 && t.Trainer != "CycleGAN" && t.Trainer != "CycleGANNoise":
		return fmt.Errorf("config: pool_size is a key of CycleGAN, and trainer is %s", t.Trainer)
	case (t.LearnLogvar || !t.UseSameD) && t.Trainer != "BicycleGAN":
		return fmt.Errorf("config: learn_logvar and use_same_D are keys of BicycleGAN, and trainer is %s", t.Trainer)
	case t.LambdaIdentity > 0 && c.InputDimA != c.InputDimB:
		return fmt.Errorf("config: with lambda_identity a generator takes pictures of both domains, and input_dim_a is %d, input_dim_b %d", c.InputDimA, c.InputDimB)
	}
	h, w := t.Crop()
	multiple := 1 << t.Model.Gen.NDownsample
	switch {
	case h == 0 || w == 0:
		return errors.New("config: new_size or crop_image_height and crop_image_width are missing: they say the size to train at")
	case h%multiple != 0 || w%multiple != 0:
		return fmt.Errorf("config: crop_image_height %d and crop_image_width %d must be multiples of %d with gen.n_downsample %d", h, w, multiple, t.Model.Gen.NDownsample)
	}
	for i, size := range [...]int{t.NewSizeA, t.NewSizeB} {
		if size > 0 && size < min(h, w) {
			return fmt.Errorf("config: crops of %d×%d do not fit pictures whose shorter side is new_size_%c (or new_size) %d", h, w, "ab"[i], size)
		}
	}
	return nil
}

// Rate is the learning rate of iteration it, from 0.
func (t *Training) Rate(it int) float64 {
	if t.LRPolicy == "constant" {
		return t.LR
	}
	return t.LR * math.Pow(t.Gamma, float64(it/t.StepSize))
}

// DisRate is Rate of the discriminators.
func (t *Training) DisRate(it int) float64 {
	if t.DisLR == 0 {
		return t.Rate(it)
	}
	own := *t
	own.LR = t.DisLR
	return own.Rate(it)
}

func or(v, otherwise int) int {
	if v != 0 {
		return v
	}
	return otherwise
}

func choice(key, v string, allowed ...string) error {
	if !slices.Contains(allowed, v) {
		return fmt.Errorf("config: %s is %.40q: training takes %v", key, v, allowed)
	}
	return nil
}

func least(key string, v, low int) error {
	if v < low {
		return fmt.Errorf("config: %s is %d: must be at least %d", key, v, low)
	}
	return nil
}

// within also refuses NaN.
func within(key string, v, low, high float64) error {
	if !(v >= low && v <= high) {
		return fmt.Errorf("config: %s is %v: must be %v to %v", key, v, low, high)
	}
	return nil
}
