package main

import (
	"encoding/json"
	"fmt"
	"image"
	"math"
	"os"

	"golang.org/x/image/vector"
)

// topology is what is needed here of a TopoJSON file: rings of arcs, arcs of steps on a grid.
type topology struct {
	Transform struct{ Scale, Translate [2]float64 }
	Arcs      [][][2]float64
	Objects   struct {
		Land struct {
			Geometries []struct {
				Type string
				Arcs json.RawMessage
			}
		}
	}
}

// drawLand fills the polygons of a TopoJSON file of land, in degrees, into to: the whole earth in plate carrée.
func drawLand(to *image.Gray, path string) error {
	data, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	var t topology
	if err := json.Unmarshal(data, &t); err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	raster := vector.NewRasterizer(to.Rect.Dx(), to.Rect.Dy())
	for _, g := range t.Objects.Land.Geometries {
		polygons := make([][][]int, 1)
		if g.Type == "MultiPolygon" {
			err = json.Unmarshal(g.Arcs, &polygons)
		} else {
			err = json.Unmarshal(g.Arcs, &polygons[0])
		}
		if err != nil {
			return fmt.Errorf("%s: %w", path, err)
		}
		for _, rings := range polygons {
			for _, arcs := range rings {
				ring, err := t.ring(arcs)
				if err != nil {
					return fmt.Errorf("%s: %w", path, err)
				}
				addRing(raster, ring, to.Rect.Size())
			}
		}
	}
	mask := image.NewAlpha(to.Rect)
	raster.Draw(mask, mask.Rect, image.Opaque, image.Point{})
	copy(to.Pix, mask.Pix)
	return nil
}

// ring joins arcs into longitudes and latitudes. A negative arc is the one's complement of an arc to be taken backwards.
func (t *topology) ring(arcs []int) ([][2]float64, error) {
	var ring [][2]float64
	for _, a := range arcs {
		index := a
		if a < 0 {
			index = ^a
		}
		if index >= len(t.Arcs) {
			return nil, fmt.Errorf("arc %d of %d", index, len(t.Arcs))
		}
		var at [2]float64
		points := make([][2]float64, len(t.Arcs[index]))
		for i, step := range t.Arcs[index] {
			for k := range at {
				at[k] += step[k]
				points[i][k] = at[k]*t.Transform.Scale[k] + t.Transform.Translate[k]
			}
		}
		if a < 0 {
			for i, j := 0, len(points)-1; i < j; i, j = i+1, j-1 {
				points[i], points[j] = points[j], points[i]
			}
		}
		ring = append(ring, points...)
	}
	return ring, nil
}

// addRing adds a ring, which may cross the date line, three times, so that it is seen at both ends of the map. Antarctica, which goes around the earth and is
// below all views, is left out.
func addRing(raster *vector.Rasterizer, ring [][2]float64, size image.Point) {
	for i := 1; i < len(ring); i++ {
		ring[i][0] -= 360 * math.Round((ring[i][0]-ring[i-1][0])/360)
	}
	if len(ring) == 0 || math.Abs(ring[len(ring)-1][0]-ring[0][0]) > 180 {
		return
	}
	for _, turn := range []float64{-360, 0, 360} {
		for i, p := range ring {
			x, y := float32((p[0]+turn+180)/360*float64(size.X)), float32((90-p[1])/180*float64(size.Y))
			if i == 0 {
				raster.MoveTo(x, y)
			} else {
				raster.LineTo(x, y)
			}
		}
		raster.ClosePath()
	}
}
