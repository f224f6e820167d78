#include <algorithm>
#include <atomic>
#include <bit>
#include <cuda_runtime_api.h>
#include <fmt/format.h>
#include <map>
#include <mutex>
#include <unordered_map>

#include <retrograde/engine/device/cuda_device.hpp>
#include <retrograde/events/error.hpp>

namespace retrograde {

namespace {

// The least compute capability that kernels are written for.
constexpr int least_major = 8;
// How many blocks share a processor: kernels are compiled for that many (cuda_kernel.cuh).
constexpr std::uint32_t blocks_of_processor = 2;

std::string version_text(int version) {
  return version == 0 ? std::string() : fmt::format("{}.{}", version / 1000, version % 1000 / 10);
}

std::string text_of(cudaError_t error) {
  return fmt::format("{} ({})", cudaGetErrorString(error), cudaGetErrorName(error));
}

int attribute_of(int index, cudaDeviceAttr attribute) {
  int value = 0;
  return cudaDeviceGetAttribute(&value, attribute, index) == cudaSuccess ? value : 0;
}

// Why nothing can be asked of the driver.
std::string problem_of(cudaError_t error, const GpuSurvey& survey) {
  if (survey.driver.empty())
    return "no NVIDIA driver is loaded; install it (Debian: nvidia-driver), restart and look with "
           "nvidia-smi, or use --device cpu";
  if (error == cudaErrorInsufficientDriver)
    return fmt::format(
        "the NVIDIA driver knows CUDA {}, and this program needs {}; update the driver, build with "
        "an older toolkit, or use --device cpu",
        survey.driver, survey.runtime);
  if (error == cudaErrorNoDevice)
    return "the NVIDIA driver sees no GPU; look with nvidia-smi and at CUDA_VISIBLE_DEVICES, or "
           "use "
           "--device cpu";
  return fmt::format(
      "the NVIDIA driver does not start: {}; look with nvidia-smi, or use --device cpu",
      text_of(error));
}

GpuInfo info_of(int index, bool free_memory) {
  GpuInfo gpu;
  gpu.index = index;
  cudaDeviceProp properties{};
  if (const cudaError_t error = cudaGetDeviceProperties(&properties, index); error != cudaSuccess) {
    gpu.unusable = text_of(error) + "; look with nvidia-smi";
    cudaGetLastError();
    return gpu;
  }
  gpu.name = properties.name;
  gpu.memory = properties.totalGlobalMem;
  gpu.major = properties.major;
  gpu.minor = properties.minor;
  gpu.processors = properties.multiProcessorCount;
  if (gpu.major < least_major) {
    gpu.unusable =
        fmt::format("its compute capability is {}.{}, and {}.0 or later is needed (Ampere, 2020)",
                    gpu.major, gpu.minor, least_major);
  } else if (attribute_of(index, cudaDevAttrComputeMode) == cudaComputeModeProhibited) {
    gpu.unusable = fmt::format(
        "its compute mode is Prohibited; an administrator can say nvidia-smi -i {} -c DEFAULT",
        index);
  } else if (free_memory) {
    std::size_t all = 0;
    cudaError_t error = cudaSetDevice(index);
    if (error == cudaSuccess) error = cudaMemGetInfo(&gpu.free, &all);
    if (error != cudaSuccess) {
      gpu.unusable = text_of(error) + "; look with nvidia-smi who uses it";
      cudaGetLastError();
    }
  }
  return gpu;
}

// What is allocated for so many bytes, so that what is released fits later requests: 512 bytes or more,
// and few sizes for each power of two.
std::size_t rounded(std::size_t bytes) {
  const std::size_t step = std::max<std::size_t>(512, std::bit_floor(bytes) / 16);
  return (bytes + step - 1) / step * step;
}

class CudaDevice final : public Device {
 public:
  explicit CudaDevice(const GpuInfo& gpu)
      : index_(gpu.index),
        processors_(static_cast<std::uint32_t>(gpu.processors)),
        capability_(fmt::format("{}.{}", gpu.major, gpu.minor)),
        name_(fmt::format("gpu:{} ({})", gpu.index, gpu.name)) {
    enter();
    check(cudaStreamCreateWithFlags(&stream_, cudaStreamNonBlocking), "cudaStreamCreate");
  }
  ~CudaDevice() override {
    if (cudaSetDevice(index_) != cudaSuccess) return;
    cudaStreamSynchronize(stream_);
    empty_cache();
    cudaStreamDestroy(stream_);
  }

  std::string name() const override { return name_; }
  std::size_t room() const override {
    enter();
    std::size_t free = 0, all = 0;
    check(cudaMemGetInfo(&free, &all), "cudaMemGetInfo");
    const std::lock_guard lock(mutex_);
    return (free + kept_) / 17 * 16;  // sizes are rounded up by a sixteenth at most
  }
  std::uint32_t blocks() const override { return processors_ * blocks_of_processor; }
  std::uint32_t threads(const KernelEntry& kernel, std::uint32_t wanted) const override {
    enter();
    cudaFuncAttributes attributes{};
    check(cudaFuncGetAttributes(&attributes, kernel.on_gpu), "cudaFuncGetAttributes", kernel.name);
    const auto most = static_cast<std::uint32_t>(attributes.maxThreadsPerBlock) / warp * warp;
    return std::clamp((wanted + warp - 1) / warp * warp, warp, most);
  }

  void* allocate(std::size_t bytes) override {
    const std::size_t size = rounded(bytes);
    const std::lock_guard lock(mutex_);
    if (const auto found = cache_.find(size); found != cache_.end() && !found->second.empty()) {
      void* memory = found->second.back();
      found->second.pop_back();
      kept_ -= size;
      return memory;
    }
    enter();
    void* memory = nullptr;
    cudaError_t error = cudaMalloc(&memory, size);
    if (error == cudaErrorMemoryAllocation) {
      cudaGetLastError();
      empty_cache();
      error = cudaMalloc(&memory, size);
    }
    if (error == cudaErrorMemoryAllocation) {
      cudaGetLastError();
      std::size_t free = 0, all = 0;
      check(cudaMemGetInfo(&free, &all), "cudaMemGetInfo");
      throw LimitError(
          "device memory", static_cast<double>(free), static_cast<double>(bytes),
          fmt::format("{}: {} bytes of its memory are wanted, {} of {} are free; a smaller batch "
                      "or network needs less, nvidia-smi shows who else uses it, and --device cpu "
                      "does without",
                      name_, bytes, free, all));
    }
    check(error, "cudaMalloc");
    sizes_.emplace(memory, size);
    return memory;
  }
  // What comes next in the stream may have it at once: it runs after what used it before.
  void release(void* memory) noexcept override {
    const std::lock_guard lock(mutex_);
    const std::size_t size = sizes_.at(memory);
    cache_[size].push_back(memory);
    kept_ += size;
  }

  void upload(void* to, const void* from, std::size_t bytes) override {
    enter();
    check(cudaMemcpyAsync(to, from, bytes, cudaMemcpyHostToDevice, stream_),
          "cudaMemcpyAsync to it");
    // CUDA may still read memory that is not pinned when the call returns.
    check(cudaStreamSynchronize(stream_), "cudaStreamSynchronize");
  }
  void download(void* to, const void* from, std::size_t bytes) override {
    enter();
    check(cudaMemcpyAsync(to, from, bytes, cudaMemcpyDeviceToHost, stream_),
          "cudaMemcpyAsync from it");
    check(cudaStreamSynchronize(stream_), "cudaStreamSynchronize");
  }
  void clear(void* memory, std::size_t bytes) override {
    enter();
    check(cudaMemsetAsync(memory, 0, bytes, stream_), "cudaMemsetAsync");
  }
  void launch(const KernelEntry& entry, const void* kernel, std::size_t, std::uint32_t blocks,
              std::uint32_t threads) override {
    enter();
    // CUDA copies the kernel before it returns, and takes no constants.
    void* arguments[] = {const_cast<void*>(kernel)};
    check(cudaLaunchKernel(entry.on_gpu, dim3(blocks), dim3(threads), arguments, 0, stream_),
          "cudaLaunchKernel", entry.name);
    last_ = entry.name;
  }
  void finish() override {
    enter();
    check(cudaStreamSynchronize(stream_), "cudaStreamSynchronize");
  }

 private:
  static constexpr std::uint32_t warp = 32;

  // A thread has a current GPU of its own.
  void enter() const { check(cudaSetDevice(index_), "cudaSetDevice"); }

  // Errors of kernels come with a later call; the last one that was launched is named.
  void check(cudaError_t error, const char* call, const char* kernel = nullptr) const {
    if (error == cudaSuccess) return;
    cudaGetLastError();
    std::string where = call;
    if (kernel) {
      where += fmt::format(", kernel {}", kernel);
    } else if (const char* last = last_) {
      where += fmt::format(", after kernel {}", last);
    }
    if (error == cudaErrorNoKernelImageForDevice || error == cudaErrorUnsupportedPtxVersion)
      throw DeviceError(
          name_, fmt::format("{}: {}; this program has no kernels for compute capability {}: build "
                             "it with that in RETROGRADE_CUDA_ARCHITECTURES, or use --device cpu",
                             where, text_of(error), capability_));
    throw DeviceError(
        name_,
        fmt::format(
            "{}: {}; see with nvidia-smi and dmesg whether the GPU is well, and go on there or "
            "with --device cpu (a training has its last checkpoint: --resume)",
            where, text_of(error)));
  }

  void empty_cache() {
    for (auto& [size, all] : cache_) {
      for (void* memory : all) {
        cudaFree(memory);
        sizes_.erase(memory);
      }
    }
    cache_.clear();
    kept_ = 0;
  }

  const int index_;
  const std::uint32_t processors_;
  const std::string capability_, name_;
  cudaStream_t stream_ = nullptr;
  std::atomic<const char*> last_ = nullptr;

  mutable std::mutex mutex_;                         // of what follows
  std::map<std::size_t, std::vector<void*>> cache_;  // by size
  std::size_t kept_ = 0;                             // bytes in it
  std::unordered_map<void*, std::size_t> sizes_;     // of all memory
};

}  // namespace

std::string cuda_build() { return version_text(CUDART_VERSION); }

const GpuInfo* GpuSurvey::usable() const {
  for (const GpuInfo& gpu : gpus)
    if (gpu.unusable.empty()) return &gpu;
  return nullptr;
}

GpuSurvey survey_gpus(bool free_memory) {
  GpuSurvey survey;
  survey.built = true;
  int version = 0;
  if (cudaDriverGetVersion(&version) == cudaSuccess) survey.driver = version_text(version);
  if (cudaRuntimeGetVersion(&version) == cudaSuccess) survey.runtime = version_text(version);
  int count = 0;
  if (const cudaError_t error = cudaGetDeviceCount(&count); error != cudaSuccess || count == 0) {
    cudaGetLastError();
    survey.problem = problem_of(error == cudaSuccess ? cudaErrorNoDevice : error, survey);
    return survey;
  }
  for (int k = 0; k < count; ++k) survey.gpus.push_back(info_of(k, free_memory));
  if (!survey.usable()) {
    survey.problem = count == 1 ? "the only GPU cannot be used" : "none of the GPUs can be used";
    for (const GpuInfo& gpu : survey.gpus)
      survey.problem += fmt::format("; gpu:{} ({}): {}", gpu.index, gpu.name, gpu.unusable);
    survey.problem += "; or use --device cpu";
  }
  return survey;
}

std::shared_ptr<Device> make_gpu_device(int index) {
  const GpuSurvey survey = survey_gpus();
  const std::string name = fmt::format("gpu:{}", index);
  if (survey.gpus.empty()) throw DeviceError(name, survey.problem);
  if (index < 0 || static_cast<std::size_t>(index) >= survey.gpus.size())
    throw DeviceError(name, survey.gpus.size() == 1
                                ? "there is one GPU, gpu:0"
                                : fmt::format("there are {} GPUs, gpu:0 to gpu:{}",
                                              survey.gpus.size(), survey.gpus.size() - 1));
  const GpuInfo& gpu = survey.gpus[static_cast<std::size_t>(index)];
  if (!gpu.unusable.empty())
    throw DeviceError(fmt::format("{} ({})", name, gpu.name), gpu.unusable);
  return std::make_shared<CudaDevice>(gpu);
}

}  // namespace retrograde
