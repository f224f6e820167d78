// What the verbs do with a scenario of sparse coding, where it differs from a network of spiking
// neurons.
#pragma once

#include <boost/program_options.hpp>
#include <string>

namespace retrograde::cli {

// `retro run`, `attack` and `info` on a scenario or run folder of sparse coding.
int run_pursuit(const boost::program_options::variables_map& given, const std::string& path);
int attack_pursuit(const boost::program_options::variables_map& given, const std::string& path);
int print_pursuit(const boost::program_options::variables_map& given, const std::string& path);
// `retro check`; `profile` is the file of the chip's profile.
int check_pursuit(const boost::program_options::variables_map& given, const std::string& path,
                  const std::string& profile);
// `retro train SCENARIO` and `retro train --resume DIR`.
int train_pursuit(const boost::program_options::variables_map& given, const std::string& path);
int resume_pursuit(const boost::program_options::variables_map& given);

}  // namespace retrograde::cli
