// What the verbs do with a scenario of sparse coding, where it differs from a network of spiking
// neurons.
#pragma once

#include <boost/program_options.hpp>
#include <string>
#include <vector>

#include <retrograde/scenarios/run/chips/chosen_chip.hpp>
#include <retrograde/scenarios/run/pursuit/trained_pursuit.hpp>

namespace retrograde::cli {

// Throws UsageError where one of these options, which speak of spiking neurons, is given.
void refuse_network_options(const boost::program_options::variables_map& given,
                            const std::vector<const char*>& options);
// Warns of a scenario that has something to learn and has not learned it.
void note_unlearned(const TrainedPursuit& trained, const std::string& path);

// `retro run`, `attack` and `info` on a scenario or run folder of sparse coding.
int run_pursuit(const boost::program_options::variables_map& given, const std::string& path);
int attack_pursuit(const boost::program_options::variables_map& given, const std::string& path);
int print_pursuit(const boost::program_options::variables_map& given, const std::string& path);
// `retro check`.
int check_pursuit(const boost::program_options::variables_map& given, const std::string& path,
                  const ChosenChip& chip);
// `retro train SCENARIO` and `retro train --resume DIR`.
int train_pursuit(const boost::program_options::variables_map& given, const std::string& path);
int resume_pursuit(const boost::program_options::variables_map& given);

}  // namespace retrograde::cli
