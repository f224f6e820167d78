// retro completion SHELL: a script by which a shell completes verbs, options, files and keys.
#include <algorithm>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <string_view>

#include <retrograde/events/error.hpp>
#include <retrograde/scenarios/cli/command.hpp>
#include <retrograde/scenarios/cli/help.hpp>
#include <retrograde/scenarios/io/suggest.hpp>

namespace retrograde::cli {

namespace po = boost::program_options;

namespace {

const std::vector<std::string> shells = {"bash", "zsh", "fish"};

// Words that follow an option, by what its value is called in the help; files and folders, keys of
// scenarios.
struct OptionWords {
  const char* value;
  const char* words;
};
constexpr OptionWords known_words[] = {{"PART", "train validation test"},
                                       {"WHERE", "cpu gpu auto emulated"},
                                       {"FORMAT", "netx nir lava chip npz csv"},
                                       {"surrogate", "surrogate"},
                                       {"HOW", "metadata branches"},
                                       {"NORM", "linf l2"}};

struct Option {
  std::string name, value, told;
  bool file = false, key = false;
  std::string words;
};

std::vector<Option> options_for(const Verb& verb) {
  std::vector<Option> all;
  const po::options_description described = options_of(verb);
  for (const auto& option : described.options()) {
    Option o{option->long_name(), "", option->description(), false, false, ""};
    if (option->semantic()->max_tokens() > 0) o.value = option->format_parameter();
    // "arg (=0)" and "N (=10)" name the value first.
    o.value = o.value.substr(0, o.value.find(' '));
    o.file = o.value == "FILE" || o.value == "DIR" || o.value == "FOLDER" || o.value == "RUN";
    o.key = o.name == "set";
    for (const OptionWords& known : known_words)
      if (o.value == known.value) o.words = known.words;
    std::replace(o.told.begin(), o.told.end(), '\n', ' ');
    all.push_back(std::move(o));
  }
  return all;
}

std::vector<std::string> names_of(const std::vector<Option>& options) {
  std::vector<std::string> names;
  names.reserve(options.size());
  for (const Option& o : options) names.push_back("--" + o.name);
  return names;
}

std::vector<std::string> all_verbs() {
  std::vector<std::string> names;
  for (const Verb& verb : verbs()) names.emplace_back(verb.name);
  names.insert(names.end(), {"help", "version"});
  return names;
}

// Of `prev`, the word before: what may follow it. Lines of a `case` in bash and zsh, the same for all
// verbs, since an option means one thing everywhere.
struct Followers {
  std::vector<std::string> files, values;
  std::vector<std::pair<std::string, std::string>> words;
};
Followers followers() {
  Followers result;
  std::vector<std::string> seen;
  for (const Verb& verb : verbs())
    for (const Option& o : options_for(verb)) {
      if (o.value.empty() || o.key) continue;
      const std::string name = "--" + o.name;
      if (std::find(seen.begin(), seen.end(), name) != seen.end()) continue;
      seen.push_back(name);
      if (!o.words.empty())
        result.words.emplace_back(name, o.words);
      else
        (o.file ? result.files : result.values).push_back(name);
    }
  return result;
}

std::string verb_cases(const char* indent) {
  std::string text;
  for (const Verb& verb : verbs())
    text += fmt::format("{}{}) options=\"{}\" ;;\n", indent, verb.name,
                        fmt::join(names_of(options_for(verb)), " "));
  return text;
}

// bash splits words at = and >, which keys have, so the word is taken from the line itself.
constexpr std::string_view bash_functions = R"script(
# Keys of the scenario that the line names, or of any.
_retro_keys() {
  local word scenario=
  for word in "${COMP_WORDS[@]:2}"; do
    [[ $word == *.toml && -f $word ]] && scenario=$word
  done
  "${COMP_WORDS[0]}" explain --list ${scenario:+"$scenario"} 2>/dev/null
}

_retro() {
  local line=${COMP_LINE:0:COMP_POINT} cur prev verb options=
  cur=${COMP_WORDS[COMP_CWORD]}
  prev=${COMP_WORDS[COMP_CWORD-1]}
  verb=${COMP_WORDS[1]}
  COMPREPLY=()
  if (( COMP_CWORD == 1 )); then
    COMPREPLY=($(compgen -W "$_retro_verbs" -- "$cur"))
    return
  fi
  # --set KEY, where bash may have taken the key apart at >.
  local said=${line##*--set}
  if [[ $line == *--set* && $said == [\ =]* && ${said#?} != *[\ ]* && $said != *=*=* && ${said#?} != *=* ]]; then
    local typed=${said#?} quote=
    [[ $typed == [\"\']* ]] && quote=${typed:0:1} && typed=${typed:1}
    local key before=${typed%"${cur#[\"\']}"}
    for key in $(_retro_keys); do
      [[ $key == "$typed"* ]] || continue
      [[ -z $quote && $key == *\>* ]] && continue
      COMPREPLY+=("${key#"$before"}=")
    done
    compopt -o nospace 2>/dev/null
    return
  fi
)script";

std::string bash_script() {
  const Followers after = followers();
  std::string text = "# Completion of retro for bash: source <(retro completion bash)\n";
  text += fmt::format("_retro_verbs=\"{}\"\n", fmt::join(all_verbs(), " "));
  text += bash_functions;
  text += "  case $prev in\n";
  for (const auto& [option, words] : after.words)
    text += fmt::format("    {}) COMPREPLY=($(compgen -W \"{}\" -- \"$cur\")); return ;;\n", option,
                        words);
  text += fmt::format(
      "    {}) COMPREPLY=($(compgen -f -- \"$cur\")); compopt -o filenames "
      "2>/dev/null; return ;;\n",
      fmt::join(after.files, "|"));
  text += fmt::format("    {}) return ;;\n", fmt::join(after.values, "|"));
  text += "  esac\n  case $verb in\n" + verb_cases("    ") + "  esac\n";
  text += R"script(  if [[ $cur == -* ]]; then
    COMPREPLY=($(compgen -W "$options" -- "$cur"))
    return
  fi
  if [[ $verb == help ]]; then
    COMPREPLY=($(compgen -W "$_retro_verbs" -- "$cur"))
  elif [[ $verb == completion ]]; then
    COMPREPLY=($(compgen -W "bash zsh fish" -- "$cur"))
  elif [[ $verb == explain ]]; then
    COMPREPLY=($(compgen -W "$(_retro_keys | sed 's/\.NAME\././')" -- "$cur"))
  elif [[ $verb == new && $COMP_CWORD == 2 ]]; then
    COMPREPLY=($(compgen -W "$("${COMP_WORDS[0]}" new 2>/dev/null | sed 's/^ *//; s/ .*//')" -- "$cur"))
  else
    COMPREPLY=($(compgen -f -- "$cur"))
    compopt -o filenames 2>/dev/null
  fi
}

complete -F _retro retro
)script";
  return text;
}

std::string zsh_script() {
  const Followers after = followers();
  std::string text =
      "#compdef retro\n# Completion of retro for zsh: source <(retro completion zsh)\n\n"
      "_retro() {\n  local verb=$words[2] previous=$words[CURRENT-1] word scenario options\n"
      "  if (( CURRENT == 2 )); then\n";
  text += fmt::format("    compadd -- {}\n    return\n  fi\n", fmt::join(all_verbs(), " "));
  text += R"script(  for word in $words[3,-1]; do
    [[ $word == *.toml && -f $word ]] && scenario=$word
  done
  case $previous in
    --set) compadd -S = -- ${(f)"$($words[1] explain --list $scenario 2>/dev/null)"}; return ;;
)script";
  for (const auto& [option, words] : after.words)
    text += fmt::format("    {}) compadd -- {}; return ;;\n", option, words);
  text += fmt::format("    {}) _files; return ;;\n    {}) return ;;\n  esac\n",
                      fmt::join(after.files, "|"), fmt::join(after.values, "|"));
  text += "  case $verb in\n" + verb_cases("    ") + "  esac\n";
  text += R"script(  if [[ $PREFIX == -* ]]; then
    compadd -- ${(s: :)options}
  elif [[ $verb == completion ]]; then
    compadd -- bash zsh fish
  elif [[ $verb == explain ]]; then
    compadd -- ${(f)"$($words[1] explain --list 2>/dev/null | sed 's/\.NAME\././')"}
  else
    _files
  fi
}

compdef _retro retro
)script";
  return text;
}

// In single quotes.
std::string fish_word(std::string_view text) {
  std::string quoted = "'";
  for (const char c : text) {
    if (c == '\'' || c == '\\') quoted += '\\';
    quoted += c;
  }
  return quoted + "'";
}

std::string fish_script() {
  std::string text = "# Completion of retro for fish: retro completion fish | source\n";
  for (const Verb& verb : verbs())
    text += fmt::format("complete -c retro -f -n __fish_use_subcommand -a {} -d {}\n", verb.name,
                        fish_word(verb.summary));
  for (const Verb& verb : verbs())
    for (const Option& o : options_for(verb)) {
      text += fmt::format("complete -c retro -n '__fish_seen_subcommand_from {}' -l {} -d {}",
                          verb.name, o.name, fish_word(o.told));
      if (o.key)
        text +=
            " -x -a '(retro explain --list (string match -r \"\\S+\\.toml\" (commandline)) "
            "2>/dev/null)='";
      else if (!o.words.empty())
        text += fmt::format(" -x -a {}", fish_word(o.words));
      else if (!o.value.empty())
        text += o.file ? " -r -F" : " -x";
      text += '\n';
    }
  text += "complete -c retro -n '__fish_seen_subcommand_from completion' -f -a 'bash zsh fish'\n";
  return text;
}

int run(const po::variables_map&, const std::vector<std::string>& arguments) {
  const std::string& shell = arguments[0];
  if (std::find(shells.begin(), shells.end(), shell) == shells.end())
    throw UsageError(fmt::format("retro completion: {} is none of {}{}", shell,
                                 fmt::join(shells, ", "), suggestion(shell, shells)));
  fmt::print("{}", shell == "bash" ? bash_script() : shell == "zsh" ? zsh_script() : fish_script());
  return 0;
}

}  // namespace

Verb completion_verb() {
  return {.name = "completion",
          .arguments = "bash|zsh|fish",
          .summary = "a script by which a shell completes verbs, options and keys",
          .text =
              "Prints a script for a shell, which then completes verbs, options, files, and after "
              "--set the keys of the scenario that the line names. For every session, put the "
              "example of your shell into its file of settings (~/.bashrc, ~/.zshrc, "
              "~/.config/fish/config.fish).",
          .examples =
              "retro completion fish | source\n"
              "source <(retro completion bash)\n"
              "source <(retro completion zsh)",
          .min_arguments = 1,
          .max_arguments = 1,
          .options = [](po::options_description&) {},
          .run = run,
          .tells = true};
}

}  // namespace retrograde::cli
