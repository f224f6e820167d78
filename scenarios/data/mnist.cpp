#include <fmt/format.h>

#include <retrograde/events/error.hpp>
#include <retrograde/scenarios/data/idx.hpp>
#include <retrograde/scenarios/data/mnist.hpp>

namespace retrograde {

namespace {

constexpr std::uint32_t digits = 10, pixels = 28 * 28;

// Of [data]: pixels up to this brightness (0 to 1) stay silent; so many of the last training images
// are kept out of training.
constexpr double usual_pixel_threshold = 0.2;
constexpr std::uint32_t usual_validation = 1000;

const std::string where_from =
    "MNIST (LeCun, Cortes, Burges: \"The MNIST database of handwritten digits\") is not part of "
    "this "
    "program; it is free to download and many mirrors and machine learning libraries carry it. Put "
    "its "
    "four files, train-images-idx3-ubyte.gz, train-labels-idx1-ubyte.gz, t10k-images-idx3-ubyte.gz "
    "and "
    "t10k-labels-idx1-ubyte.gz, into that folder; they need not be unpacked";

// A range of images; several parts share one set of pixels.
class ImageSamples final : public LabelledTrials {
 public:
  ImageSamples(std::shared_ptr<const LabelledImages> all, std::size_t begin, std::size_t end,
               const LatencyEncoding& encoding)
      : all_(std::move(all)), begin_(begin), end_(end), encoding_(encoding) {}
  std::size_t size() const override { return end_ - begin_; }
  int label(std::size_t index) const override { return all_->labels[begin_ + index]; }
  Trial trial(std::size_t index) const override {
    return encode_image(all_->images.image(begin_ + index), encoding_);
  }

 private:
  std::shared_ptr<const LabelledImages> all_;
  std::size_t begin_, end_;
  LatencyEncoding encoding_;
};

}  // namespace

std::shared_ptr<const LabelledImages> read_labelled_images(const std::filesystem::path& folder,
                                                           const std::string& stem) {
  // Both are found before either is read: a missing file is known at once.
  const auto images_path = find_idx(folder, stem + "-images-idx3-ubyte", where_from);
  const auto labels_path = find_idx(folder, stem + "-labels-idx1-ubyte", where_from);
  auto pair = std::make_shared<LabelledImages>();
  pair->labels = read_idx_labels(labels_path, digits);
  pair->images = read_idx_images(images_path);
  if (pair->labels.size() != pair->images.count) {
    throw FormatError(
        labels_path.string(), 4,
        fmt::format("{} labels, but {} images in {}: the two do not belong together",
                    pair->labels.size(), pair->images.count, images_path.filename().string()));
  }
  return pair;
}

Dataset load_mnist(const std::filesystem::path& folder, const LatencyEncoding& encoding,
                   std::size_t validation) {
  check(encoding);
  const auto train = read_labelled_images(folder, "train");
  const auto test = read_labelled_images(folder, "t10k");
  if (train->images.rows != test->images.rows || train->images.columns != test->images.columns) {
    throw FormatError(
        find_idx(folder, "t10k-images-idx3-ubyte", where_from).string(), 8,
        fmt::format("test images of {} x {} pixels, but training images of {} x {}: the "
                    "two do not belong together",
                    test->images.rows, test->images.columns, train->images.rows,
                    train->images.columns));
  }
  const std::size_t count = train->images.count;
  if (validation >= count) {
    throw ScenarioError(
        "mnist", 0, 0, "validation",
        fmt::format("{} of {} training images for validation leave none to train with", validation,
                    count));
  }
  DatasetInfo info;
  info.name = "mnist";
  info.inputs = input_count(train->images.image_size(), encoding);
  for (std::uint32_t digit = 0; digit < digits; ++digit) {
    info.class_names.push_back(fmt::format("{}", digit));
  }
  info.duration = encoding.duration;
  return Dataset(std::move(info),
                 std::make_shared<ImageSamples>(train, 0, count - validation, encoding),
                 std::make_shared<ImageSamples>(train, count - validation, count, encoding),
                 std::make_shared<ImageSamples>(test, 0, test->images.count, encoding));
}

DataKind mnist_kind() {
  return {"mnist",
          false,
          {"t_early", "t_late", "pixel_threshold", "validation", "train", "test", "path"},
          [](TomlTable& table, Time duration) {
            LatencyEncoding encoding = read_latency(table, duration);
            encoding.threshold =
                table.number("pixel_threshold", usual_pixel_threshold, {0.0, 1.0, false, true});
            const std::uint32_t validation =
                table.integer("validation", usual_validation, 0, 59'999);
            const std::string path = table.text("path", "");
            const PartLimits limits = read_limits(table);
            DataSource source;
            source.classes = digits;
            source.inputs = pixels;
            source.path = path;
            source.load = [encoding, validation, path, limits](const LoadContext& context) mutable {
              const std::string& folder = context.folder.empty() ? path : context.folder;
              if (folder.empty())
                throw UsageError(
                    "this scenario trains on MNIST: name the folder with its four IDX files by "
                    "--data FOLDER (they are called train-images-idx3-ubyte, "
                    "train-labels-idx1-ubyte, t10k-images-idx3-ubyte and t10k-labels-idx1-ubyte, "
                    "plain or .gz)");
              encoding.first = context.first;
              const Dataset dataset = load_mnist(folder, encoding, validation);
              if (dataset.info().inputs != pixels)
                throw FormatError(
                    find_idx(folder, "train-images-idx3-ubyte", where_from).string(), 8,
                    fmt::format("images of {} pixels; kind = \"mnist\" reads those of 28 x 28, {}: "
                                "scale them to that, or name the folder of others by --data",
                                dataset.info().inputs, pixels));
              return limits.applied(dataset);
            };
            return source;
          }};
}

}  // namespace retrograde
