import CRaggedKernels
import RaggedCore
import Synchronization

/// Takes batches through a program on several threads.
///
/// The batch is cut into blocks, and the blocks into a fixed number of shares, by its lengths alone; a share adds its
/// blocks' gradients in order, and the shares are added in order. So the result is the same, bit for bit, for any number
/// of threads, and for any padding that the batch once had.
///
/// `@unchecked Sendable`: its buffers are written by one call at a time, which `Trainer` guards; inside a call each
/// thread has an arena and shares of its own.
final class Engine: @unchecked Sendable {
  let program: Program
  private let kernels: rk_kernels
  let workers: Workers
  private let packed: UnsafeMutablePointer<Float>
  private var shares: UnsafeMutablePointer<Float>?
  private var shareCapacity = 0
  /// Shares of the last run.
  private var shareCount = 0
  private let arenas: [Arena]
  let scales: NumberScales
  /// Whether the weights of the first call are those of every later one, which then packs none.
  var keepsPacked = false
  private var isPacked = false

  /// An engine with the fastest kernels of the machine, or those that are named.
  /// - Parameter filling: for tests; see ``Arena``.
  /// - Throws: ``TrainingError`` for kernels that the processor cannot run.
  init(
    program: Program, normalization: Normalization? = nil, threads: Int, kernels name: String? = nil,
    filling: UInt32? = nil
  ) throws {
    self.program = program
    scales = NumberScales(normalization)
    workers = Workers(threads)
    let name = name ?? availableKernels.last ?? "baseline"
    guard let kernels = rk_kernels_named(name) else {
      throw TrainingError(
        .invalidModel,
        "this processor cannot run the kernels \"\(name)\", only \(availableKernels.joined(separator: ", "))")
    }
    self.kernels = kernels.pointee
    packed = .allocate(capacity: max(1, program.packedCount))
    arenas = (0..<workers.count).map { _ in Arena(filling: filling) }
  }

  deinit {
    packed.deallocate()
    shares?.deallocate()
  }

  /// The name of the kernels.
  var kernelName: String { String(cString: kernels.name) }

  /// Bytes of working memory held between calls.
  var workingBytes: Int {
    let floats = program.packedCount + shareCapacity * program.parameterCount
    return floats * MemoryLayout<Float>.stride + arenas.reduce(0) { $0 + $1.byteCount }
  }

  /// Whether every block kept to its own memory; see ``Arena``.
  var hasIntactGuards: Bool {
    for arena in arenas { arena.reset() }
    return arenas.allSatisfy(\.hasIntactGuards)
  }

  /// What a call does with each block.
  struct Pass {
    var block: Block
    var index: Int
    var arena: Arena
    var gradients: UnsafeMutablePointer<Float>?
  }

  /// Runs `body` over all blocks, and adds up the gradients where there is a buffer for them; or over the blocks of some
  /// shares, whose gradients are then there for ``addShares(over:onto:isFirst:)``.
  func run(
    _ blocks: [Block], parameters: UnsafePointer<Float>, gradients: UnsafeMutablePointer<Float>?,
    shares part: [Range<Int>]? = nil, _ body: (Pass) -> Void
  ) {
    pack(parameters, forTheWayBack: gradients != nil)
    let plan = part ?? divide(blocks)
    if gradients != nil { reserve(shares: plan.count) }
    shareCount = plan.count
    let count = program.parameterCount
    let wantsGradients = gradients != nil
    withoutActuallyEscaping(body) { body in
      let work = Work(body: body)
      let shares = self.shares.map { SharedPointer(pointer: $0) }
      let next = Atomic(0)
      let arenas = self.arenas
      workers.run { worker in
        while true {
          let share = next.add(1, ordering: .relaxed).oldValue
          guard share < plan.count else { return }
          let target = wantsGradients ? shares.map { $0.pointer + share * count } : nil
          target?.update(repeating: 0, count: count)
          for index in plan[share] {
            arenas[worker].reset()
            work.body(Pass(block: blocks[index], index: index, arena: arenas[worker], gradients: target))
          }
        }
      }
    }
    if let gradients, part == nil { addShares(over: 0..<count, onto: gradients, isFirst: true) }
  }

  /// The context of a pass: everything that the operations need.
  func context(
    _ pass: Pass, batch: BatchView, parameters: UnsafePointer<Float>, states: [Int: StateView] = [:],
    dropoutSeed: UInt64? = nil
  ) -> BlockContext {
    BlockContext(
      kernels: kernels, arena: pass.arena, batch: batch, block: pass.block, packed: packed, parameters: parameters,
      gradients: pass.gradients, initialStates: states, dropoutSeed: dropoutSeed,
      operationCount: program.operations.count)
  }

  /// The blocks of each share, in order: large shares first, so that there are few to add up, and small ones at the end,
  /// so that no thread waits long for the last. A function of the blocks alone.
  func divide(_ blocks: [Block]) -> [Range<Int>] {
    let bytes = max(1, program.parameterCount * MemoryLayout<Float>.stride)
    let most = max(2, min(40, (64 << 20) / bytes))
    guard blocks.count > most else { return blocks.indices.map { $0..<$0 + 1 } }
    // A share takes one part in `parts` of what is left, but no less than a quarter of the first: about 2.4 `parts` shares.
    let parts = max(1, most * 5 / 12)
    var left = blocks.reduce(0) { $0 + $1.timesteps + 1 }
    let least = left / (4 * parts)
    var shares: [Range<Int>] = []
    var first = 0
    while first < blocks.count {
      let size = max(least, left / parts)
      var (end, load) = (first, 0)
      while end < blocks.count, load < size || shares.count == most - 1 {
        load += blocks[end].timesteps + 1
        end += 1
      }
      shares.append(first..<end)
      left -= load
      first = end
    }
    return shares
  }

  private func reserve(shares count: Int) {
    guard count > shareCapacity else { return }
    shares?.deallocate()
    shares = .allocate(capacity: count * max(1, program.parameterCount))
    shareCapacity = count
  }

  /// Adds the shares of the last run, in their order, to some of the gradients.
  /// - Parameters:
  ///   - parameters: which ones.
  ///   - gradients: those of the shares before these, of all parameters.
  ///   - isFirst: whether there are none before these; the gradients then become those of the shares.
  func addShares(over parameters: Range<Int>, onto gradients: UnsafeMutablePointer<Float>, isFirst: Bool) {
    let (total, count) = (program.parameterCount, shareCount)
    guard let shares, count > 0 else {
      if isFirst { (gradients + parameters.lowerBound).update(repeating: 0, count: parameters.count) }
      return
    }
    let offset = parameters.lowerBound
    let (source, target) = (SharedPointer(pointer: shares + offset), SharedPointer(pointer: gradients + offset))
    workers.run(over: parameters.count, work: parameters.count * count) { range in
      // A piece at a time stays in the cache while the shares are added to it.
      for first in stride(from: range.lowerBound, to: range.upperBound, by: 2048) {
        let length = min(2048, range.upperBound - first)
        let sum = target.pointer + first
        if isFirst { sum.update(from: source.pointer + first, count: length) }
        for share in isFirst ? 1..<count : 0..<count {
          let part = source.pointer + share * total + first
          for i in 0..<length { sum[i] += part[i] }
        }
      }
    }
  }

  /// Brings all weights into the order in which the kernels read them.
  private func pack(_ parameters: UnsafePointer<Float>, forTheWayBack: Bool) {
    if keepsPacked, isPacked, !forTheWayBack { return }
    isPacked = true
    let tasks = program.operations.flatMap { $0.packing(forTheWayBack: forTheWayBack) }
    let source = SharedPointer(pointer: UnsafeMutablePointer(mutating: parameters))
    let target = SharedPointer(pointer: packed)
    guard program.packedCount >= 1 << 16 else {
      withSubnormalsFlushed { for task in tasks { task(parameters, packed, kernels) } }
      return
    }
    let next = Atomic(0)
    workers.run { _ in
      while true {
        let task = next.add(1, ordering: .relaxed).oldValue
        guard task < tasks.count else { return }
        tasks[task](UnsafePointer(source.pointer), target.pointer, self.kernels)
      }
    }
  }
}

/// The body of a call.
///
/// `@unchecked Sendable`: it is called for different blocks at a time, and writes to places of its block alone.
private struct Work: @unchecked Sendable {
  var body: (Engine.Pass) -> Void
}
