// Options of verbs that look at spikes: which part of the time, and which trials.
#pragma once

#include <boost/program_options.hpp>
#include <functional>
#include <optional>
#include <string>

#include <retrograde/events/time.hpp>
#include <retrograde/scenarios/cli/command.hpp>

namespace retrograde::cli {

// A time as an option has it: --step "10 ms". `what` says what has to be above 0: "a step". Throws
// UsageError.
Time positive_time(const char* option, const std::string& text, const char* what);

// --from TIME, --to TIME.
void add_stretch(boost::program_options::options_description& options);
struct Stretch {
  Time from = 0;
  std::optional<Time> to = {};  // none: the end
};
// Throws UsageError for what is no stretch of time.
Stretch chosen_stretch(const boost::program_options::variables_map& given);

// --trials FIRST-LAST.
void add_trials(boost::program_options::options_description& options);
// How many trials there are to run: those of --trials, else 1. Throws UsageError.
std::size_t trial_count(const boost::program_options::variables_map& given);
// Chooses them one after the other, as choose_trial does, and gives each to `take`.
void for_each_chosen_trial(const Scenario& scenario,
                           const boost::program_options::variables_map& given,
                           const std::string& data_path,
                           const std::function<void(const ChosenTrial&)>& take);

}  // namespace retrograde::cli
