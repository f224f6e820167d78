// What `retro analyse` says of the activity of populations, as text, JSON, pictures and a page.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include <retrograde/scenarios/run/activity/population_activity.hpp>
#include <retrograde/scenarios/run/folder/call.hpp>
#include <retrograde/scenarios/show/plot/charts.hpp>

namespace retrograde {

// Whose activity it is: what it is called, and where it comes from ("spikes.h5", "inline trial").
struct ActivityTitle {
  std::string name, source;
};

// "20 trials, 0 to 1000 ms"
std::string stretch_text(const ActivityAnalysis& analysis);

// The table of populations, a head first; and that of the correlations of neurons, which is empty where
// there are none.
std::vector<std::vector<std::string>> population_rows(const ActivityAnalysis& analysis);
std::vector<std::vector<std::string>> pair_rows(const ActivityAnalysis& analysis);

std::string activity_text(const ActivityTitle& title, const ActivityAnalysis& analysis);
nlohmann::ordered_json json_activity(const ActivityTitle& title, const ActivityAnalysis& analysis);

// How rates and CVs are spread over neurons, of a population each; the rate over time; populations with
// themselves and with each other. Of many populations the first ones.
std::vector<std::string> distribution_charts(const ActivityAnalysis& analysis);
// `spikes`: whose marks, of what happens to the network, stand in it as well.
std::vector<std::string> psth_charts(const Raster& spikes, const ActivityAnalysis& analysis);
std::vector<std::string> correlogram_charts(const ActivityAnalysis& analysis);

// `spikes`: the raster of a trial. An <svg> of its own.
std::string activity_picture(const Raster& spikes, const ActivityAnalysis& analysis);

// `call`: that made it.
std::string activity_page(const ActivityTitle& title, const Raster& spikes,
                          const ActivityAnalysis& analysis, const Call& call);

}  // namespace retrograde
