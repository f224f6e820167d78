// The command line: verbs, and what they have in common. A verb declares its options and positional
// arguments, the rest (help, wrong or misspelt flags, threads) is the same for all. Verbs return an
// exit status: 0 done, 1 checked and found wanting, 130 interrupted; every Error becomes a message
// and status 2.
#pragma once

#include <boost/program_options.hpp>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include <retrograde/scenarios/data/dataset.hpp>
#include <retrograde/scenarios/read/scenario.hpp>

namespace retrograde::cli {

struct Verb {
  const char* name;
  const char* arguments;  // "SCENARIO"
  const char* summary;    // one line
  const char* text;       // a paragraph with examples, for `retro VERB --help`
  std::size_t min_arguments, max_arguments;
  std::function<void(boost::program_options::options_description&)> options;
  std::function<int(const boost::program_options::variables_map&,
                    const std::vector<std::string>& arguments)>
      run;
};

Verb run_verb();
Verb train_verb();
Verb study_verb();
Verb gradient_verb();
Verb gradcheck_verb();
Verb check_verb();
Verb export_verb();
Verb diff_verb();
Verb info_verb();
Verb bench_verb();
Verb demo_verb();

// Runs `retro` with the given arguments (without the program's name).
int main(const std::vector<std::string>& arguments);

// Options of several verbs.
void add_json(boost::program_options::options_description& options);   // --json FILE
void add_seed(boost::program_options::options_description& options);   // --seed N
void add_trial(boost::program_options::options_description& options);  // --data, --part, --trial

std::optional<std::string> json_path(const boost::program_options::variables_map& given);
// Reads a scenario with --seed, and says on stderr what its network file says otherwise.
Scenario open_scenario(const std::string& path, const boost::program_options::variables_map& given);
void print_warnings(const Scenario& scenario);

// The trial that a verb looks at: the inline one, or one of the data set.
struct ChosenTrial {
  Trial trial;
  int label = -1;
  std::string name;  // "inline trial", "test trial 7 (label 3)"
};
// `data_path`: of the data set, where --data does not say (trained.hpp); `loaded`: the data set, if
// it is open already.
ChosenTrial choose_trial(const Scenario& scenario,
                         const boost::program_options::variables_map& given,
                         const std::string& data_path = {}, const Dataset* loaded = nullptr);

}  // namespace retrograde::cli
