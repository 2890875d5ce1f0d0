package config

import "strings"

// nearest finds the setting that a misspelt name is likely to mean. None is near if half of the name would have to change.
func nearest(misspelt string) (Setting, bool) {
	misspelt = plain(misspelt)
	best, found, least := Setting{}, false, 0
	for _, setting := range Settings {
		name := plain(setting.Name)
		distance := edits(misspelt, name)
		if distance <= max(len(misspelt), len(name))/2 && (!found || distance < least) {
			best, found, least = setting, true, distance
		}
	}
	return best, found
}

// plain is a name without what tells its spellings apart: run_id, runID and RUN_ID are one.
func plain(name string) string { return strings.ToLower(strings.ReplaceAll(name, "_", "")) }

// edits is how many bytes must be put in, left out or replaced to turn one text into the other (Levenshtein's distance).
func edits(from, to string) int {
	row := make([]int, len(to)+1) // to the beginnings of to, from the beginning of from read so far
	for j := range row {
		row[j] = j
	}
	for i := range len(from) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(to) {
			replaced := diagonal
			if from[i] != to[j] {
				replaced++
			}
			diagonal = row[j+1]
			row[j+1] = min(replaced, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(to)]
}
