package config

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strings"
)

const environmentPrefix = "K6_TDIGEST_"

// Sources are the places where settings may stand. A later one overrides an earlier one.
type Sources struct {
	JSON        json.RawMessage   // collectors.tdigest of the file given with --config
	Script      json.RawMessage   // options.ext.tdigest of the script
	Environment map[string]string // K6_TDIGEST_…
	Argument    string            // what follows --out tdigest=, a URL with settings in its query
}

// Read puts the settings together and checks them.
func Read(sources Sources) (Config, error) {
	config := Default()
	reader := reader{&config}
	err := errors.Join(
		reader.readJSON("collectors.tdigest", sources.JSON),
		reader.readJSON("options.ext.tdigest", sources.Script),
		reader.readEnvironment(sources.Environment),
		reader.readArgument(sources.Argument),
	)
	if err == nil {
		err = config.validate()
	}
	return config, err
}

type reader struct{ config *Config }

func (r reader) readJSON(source string, data json.RawMessage) error {
	if len(data) == 0 {
		return nil
	}
	var object map[string]json.RawMessage
	if err := json.Unmarshal(data, &object); err != nil {
		return fmt.Errorf("%s: must be a JSON object", source)
	}
	for _, name := range slices.Sorted(maps.Keys(object)) {
		setting, found := find(name)
		if !found {
			return fmt.Errorf("%s: there is no setting named %q%s", source, name, suggest(name, Setting.name))
		}
		if string(object[name]) == "null" {
			continue
		}
		if err := setJSON(setting.target(r.config), object[name]); err != nil {
			return r.complain(source+"."+name, setting, string(object[name]), err)
		}
	}
	return nil
}

// setJSON takes lists and pairs in their JSON form too; all else is read as in the environment.
func setJSON(target value, raw json.RawMessage) error {
	switch raw[0] {
	case '[', '{':
		if json.Unmarshal(raw, target) != nil {
			return errors.New("has the wrong form")
		}
		return nil
	case '"':
		var input string
		if err := json.Unmarshal(raw, &input); err != nil {
			return errors.New("is not a text")
		}
		return target.set(input)
	default: // a number or a boolean
		return target.set(string(raw))
	}
}

func (r reader) readEnvironment(environment map[string]string) error {
	if err := checkVariables(environment); err != nil {
		return err
	}
	for _, setting := range Settings {
		variable := setting.Variable()
		input, given := environment[variable]
		if !given {
			continue
		}
		if err := setting.target(r.config).set(input); err != nil {
			return r.complain(variable, setting, input, err)
		}
	}
	return nil
}

// checkVariables refuses variables that look like settings but are none. Those that Kubernetes makes for a service of a name
// like k6-tdigest are left alone.
func checkVariables(environment map[string]string) error {
	for _, variable := range slices.Sorted(maps.Keys(environment)) {
		rest, ours := strings.CutPrefix(variable, environmentPrefix)
		if !ours || isVariable(variable) || ofService(environment, variable) {
			continue
		}
		return fmt.Errorf("there is no setting for the variable %s%s", variable, suggest(rest, Setting.Variable))
	}
	return nil
}

func isVariable(name string) bool {
	return slices.ContainsFunc(Settings, func(setting Setting) bool { return setting.Variable() == name })
}

// ofService tells whether a variable is of a service: NAME_SERVICE_HOST comes with NAME_SERVICE_PORT… and NAME_PORT….
func ofService(environment map[string]string, variable string) bool {
	for name := range environment {
		service, found := strings.CutSuffix(name, "_SERVICE_HOST")
		if found && (strings.HasPrefix(variable, service+"_SERVICE_") || strings.HasPrefix(variable, service+"_PORT")) {
			return true
		}
	}
	return false
}

// suggest ends a complaint on a misspelt name with the nearest setting, in the spelling of the place.
func suggest(misspelt string, spelling func(Setting) string) string {
	setting, found := nearest(misspelt)
	if !found {
		return ""
	}
	return ", the nearest is " + spelling(setting)
}

// readArgument takes the query off the URL; without a URL the query may stand alone.
func (r reader) readArgument(argument string) error {
	const source = "--out tdigest"
	server, query, _ := strings.Cut(argument, "?")
	if server != "" {
		if err := (address{&r.config.URL}).set(server); err != nil {
			return r.complain(source, Settings[0], server, err)
		}
	}
	values, err := url.ParseQuery(query)
	if err != nil {
		return fmt.Errorf("%s: the query of the URL cannot be read", source)
	}
	for _, name := range slices.Sorted(maps.Keys(values)) {
		setting, found := find(name)
		if !found {
			return fmt.Errorf("%s: there is no setting named %q for the query of the URL%s",
				source, name, suggest(name, Setting.name))
		}
		if name == "url" {
			return fmt.Errorf("%s: url is not for the query: it stands before the question mark", source)
		}
		if len(values[name]) > 1 {
			return fmt.Errorf("%s: %s is given more than once", source, name)
		}
		if err := setting.target(r.config).set(values.Get(name)); err != nil {
			return r.complain(source, setting, values.Get(name), err)
		}
	}
	return nil
}

// complain names the place, the setting and the value, unless the value is secret or may hold a password.
func (r reader) complain(source string, setting Setting, input string, err error) error {
	if setting.Secret || (setting.Name == "url" && strings.Contains(input, "@")) {
		return fmt.Errorf("%s: %s %w", source, setting.Name, err)
	}
	return fmt.Errorf("%s: %s %q %w", source, setting.Name, strings.Trim(input, `"`), err)
}

func (s Setting) name() string { return s.Name }

// Variable is the setting's name in the environment: runId is K6_TDIGEST_RUN_ID.
func (s Setting) Variable() string {
	var name strings.Builder
	previous := 'A'
	for _, letter := range s.Name {
		if isUpper(letter) && !isUpper(previous) {
			name.WriteByte('_')
		}
		name.WriteRune(letter)
		previous = letter
	}
	return environmentPrefix + strings.ToUpper(name.String())
}

func isUpper(letter rune) bool { return letter >= 'A' && letter <= 'Z' }

// Default is the setting's value where nothing else is said, as it would be written.
func (s Setting) Default() string {
	config := Default()
	return s.target(&config).String()
}
