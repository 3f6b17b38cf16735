package eval

import (
	"errors"
	"math"

	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/stat"
)

var errDecomposition = errors.New("the Fréchet distance cannot be computed: the features' covariance has no eigenvalues; are all features finite?")

// Frechet is the squared Fréchet distance of two sets of features, taken as normal distributions (Heusel et al. 2017): ‖m−n‖² + tr(A + B − 2·√(A·B))
// of their means m, n and covariances A, B. Each set needs two vectors at least; with fewer than twice as many as they have components it is
// biased upwards much, so compare sets of equal sizes.
func Frechet(a, b [][]float32) (float64, error) {
	m, ca := moments(a)
	n, cb := moments(b)
	sum := 0.0
	for i := range m {
		sum += (m[i] - n[i]) * (m[i] - n[i])
	}
	// √(A·B) has the trace of √(√A·B·√A), which is symmetric.
	root, err := squareRoot(ca)
	if err != nil {
		return 0, err
	}
	var product mat.Dense
	product.Product(root, cb, root)
	d := len(m)
	symmetric := mat.NewSymDense(d, nil)
	for i := range d {
		for j := i; j < d; j++ {
			symmetric.SetSym(i, j, (product.At(i, j)+product.At(j, i))/2)
		}
	}
	var eigen mat.EigenSym
	if !eigen.Factorize(symmetric, false) {
		return 0, errDecomposition
	}
	trace := mat.Trace(ca) + mat.Trace(cb)
	for _, v := range eigen.Values(nil) {
		trace -= 2 * math.Sqrt(max(v, 0)) // rounding makes some of the zeros negative
	}
	if math.IsNaN(sum + trace) {
		return 0, errDecomposition
	}
	return max(sum+trace, 0), nil // rounding again
}

// moments are the mean and the unbiased covariance of vectors.
func moments(vectors [][]float32) ([]float64, *mat.SymDense) {
	d := len(vectors[0])
	x := mat.NewDense(len(vectors), d, nil)
	m := make([]float64, d)
	for i, v := range vectors {
		for j, f := range v {
			x.Set(i, j, float64(f))
			m[j] += float64(f) / float64(len(vectors))
		}
	}
	c := mat.NewSymDense(d, nil)
	stat.CovarianceMatrix(c, x, nil)
	return m, c
}

// squareRoot is the symmetric square root of a covariance.
func squareRoot(c *mat.SymDense) (mat.Matrix, error) {
	var eigen mat.EigenSym
	if !eigen.Factorize(c, true) {
		return nil, errDecomposition
	}
	values := eigen.Values(nil)
	for i, v := range values {
		values[i] = math.Sqrt(max(v, 0))
	}
	var vectors, root mat.Dense
	eigen.VectorsTo(&vectors)
	root.Product(&vectors, mat.NewDiagDense(len(values), values), vectors.T())
	return &root, nil
}
