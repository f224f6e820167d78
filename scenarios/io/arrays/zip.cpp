#include <algorithm>
#include <cstring>
#include <fmt/format.h>
#include <new>
#include <zip.h>

#include <retrograde/events/error.hpp>
#include <retrograde/scenarios/io/arrays/zip.hpp>
#include <retrograde/scenarios/io/atomic_file.hpp>

namespace retrograde {

namespace {

constexpr zip_int64_t most_entries = 100'000;
// Nothing that is deflated unfolds to more than this.
constexpr std::uint64_t unfolding = 1100, slack = 1 << 16;

std::string reason(zip_error_t& error) {
  const std::string text = zip_error_strerror(&error);
  zip_error_fini(&error);
  return text;
}

}  // namespace

bool is_zip(std::span<const std::uint8_t> beginning) {
  const auto begins = [&](std::uint8_t third, std::uint8_t fourth) {
    return beginning.size() >= 4 && beginning[0] == 'P' && beginning[1] == 'K' &&
           beginning[2] == third && beginning[3] == fourth;
  };
  return begins(3, 4) || begins(5, 6);  // the second: without entries
}

struct ZipReader::Archive {
  explicit Archive(zip_t* opened) : zip(opened) {}
  Archive(const Archive&) = delete;
  Archive& operator=(const Archive&) = delete;
  ~Archive() { zip_discard(zip); }
  zip_t* zip;
};

ZipReader::ZipReader(std::vector<std::uint8_t> bytes, std::string file)
    : file_(std::move(file)), bytes_(std::move(bytes)) {
  zip_error_t error;
  zip_error_init(&error);
  zip_source_t* const source = zip_source_buffer_create(bytes_.data(), bytes_.size(), 0, &error);
  zip_t* const zip =
      source ? zip_open_from_source(source, ZIP_RDONLY | ZIP_CHECKCONS, &error) : nullptr;
  if (!zip) {
    if (source) zip_source_free(source);
    throw FormatError(file_, bytes_.size(),
                      fmt::format("the zip archive cannot be read ({}): it is damaged or ends "
                                  "early, get the file again",
                                  reason(error)));
  }
  zip_error_fini(&error);
  archive_ = std::make_unique<Archive>(zip);
  const zip_int64_t count = zip_get_num_entries(zip, 0);
  if (count > most_entries)
    throw FormatError(file_, 0,
                      fmt::format("the zip archive has {} entries, and at most {} are read; make "
                                  "fewer and larger ones",
                                  count, most_entries));
  for (zip_int64_t k = 0; k < count; ++k) {
    const char* const name = zip_get_name(zip, static_cast<zip_uint64_t>(k), ZIP_FL_ENC_GUESS);
    names_.emplace_back(name ? name : "");
  }
}

ZipReader::ZipReader(ZipReader&&) noexcept = default;
ZipReader::~ZipReader() = default;

std::vector<std::uint8_t> ZipReader::read(const std::string& name) const {
  const auto found = std::find(names_.begin(), names_.end(), name);
  if (found == names_.end()) throw InternalError("an entry that the zip archive does not have");
  const auto index = static_cast<zip_uint64_t>(found - names_.begin());
  const auto damaged = [&](const std::string& why) {
    return FormatError(file_, name,
                       fmt::format("it cannot be unpacked ({}); write the file anew with "
                                   "numpy.savez or numpy.savez_compressed",
                                   why));
  };
  zip_stat_t status;
  if (zip_stat_index(archive_->zip, index, 0, &status) != 0 || !(status.valid & ZIP_STAT_SIZE) ||
      !(status.valid & ZIP_STAT_COMP_SIZE))
    throw damaged(zip_strerror(archive_->zip));
  if (status.size > default_read_limit)
    throw LimitError(
        "file size in bytes", static_cast<double>(default_read_limit),
        static_cast<double>(status.size),
        fmt::format("{}: {} has more than the {} bytes that are read at most; split it", file_,
                    name, default_read_limit));
  if (status.size > slack && status.size / unfolding > status.comp_size)
    throw damaged("its size is more than the archive holds");
  zip_file_t* const entry = zip_fopen_index(archive_->zip, index, 0);
  if (!entry) throw damaged(zip_strerror(archive_->zip));
  std::vector<std::uint8_t> content(status.size);
  std::size_t used = 0;
  for (zip_int64_t n = 1; n > 0 && used < content.size(); used += static_cast<std::size_t>(n)) {
    n = zip_fread(entry, content.data() + used, content.size() - used);
    if (n < 0) break;
  }
  // The checksum is compared where the end is met.
  char beyond;
  const zip_int64_t rest = used == content.size() ? zip_fread(entry, &beyond, 1) : -1;
  const std::string why = rest < 0 ? zip_file_strerror(entry) : "it is longer than it says";
  zip_fclose(entry);
  if (rest != 0) throw damaged(why);
  return content;
}

void ZipWriter::add(std::string name, std::string content) {
  entries_.emplace_back(std::move(name), std::move(content));
}

std::string ZipWriter::bytes() const {
  // What fails here is no fault of the user's but for memory.
  const auto good = [](bool is) {
    if (!is) throw InternalError("libzip cannot make a zip archive in memory");
  };
  if (entries_.empty()) {  // libzip would make no archive at all
    std::string none = "PK\5\6";
    none.resize(22, '\0');
    return none;
  }
  zip_error_t error;
  zip_error_init(&error);
  zip_source_t* const made = zip_source_buffer_create(nullptr, 0, 0, &error);
  good(made);
  zip_source_keep(made);
  zip_t* const zip = zip_open_from_source(made, ZIP_TRUNCATE, &error);
  good(zip);
  for (const auto& [name, content] : entries_) {
    zip_source_t* const source = zip_source_buffer(zip, content.data(), content.size(), 0);
    const zip_int64_t index = zip_file_add(zip, name.c_str(), source, ZIP_FL_ENC_UTF_8);
    good(index >= 0);
    zip_set_file_compression(zip, static_cast<zip_uint64_t>(index), ZIP_CM_STORE, 0);
    // 1980-01-01 0:00, where the time of zip archives begins.
    zip_file_set_dostime(zip, static_cast<zip_uint64_t>(index), 0, 1 << 5 | 1, 0);
  }
  good(zip_close(zip) == 0);
  zip_stat_t status;
  good(zip_source_stat(made, &status) == 0 && (status.valid & ZIP_STAT_SIZE) != 0 &&
       zip_source_open(made) == 0);
  std::string bytes(status.size, '\0');
  std::size_t used = 0;
  while (used < bytes.size()) {
    const zip_int64_t n = zip_source_read(made, bytes.data() + used, bytes.size() - used);
    good(n > 0);
    used += static_cast<std::size_t>(n);
  }
  zip_source_close(made);
  zip_source_free(made);
  return bytes;
}

}  // namespace retrograde
