// `retro analyse` of spikes: of a spike file, of the folder of `retro run --out`, or of a network that it
// runs first.
#pragma once

#include <boost/program_options.hpp>
#include <string>

namespace retrograde::cli {

// Whether the argument holds spikes, or --activity asks for a run; else synapses are analysed.
bool is_of_activity(const boost::program_options::variables_map& given, const std::string& path);
// The options of this alone.
void add_activity(boost::program_options::options_description& options);
// Throws UsageError where one of them is given.
void refuse_activity_options(const boost::program_options::variables_map& given);

int analyse_activity_of(const boost::program_options::variables_map& given,
                        const std::string& path);

}  // namespace retrograde::cli
