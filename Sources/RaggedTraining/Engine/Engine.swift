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
  let threads: Int
  private let packed: UnsafeMutablePointer<Float>
  private var shares: UnsafeMutablePointer<Float>?
  private var shareCapacity = 0
  private let arenas: [Arena]

  /// An engine with the fastest kernels of the machine, or those that are named.
  /// - Parameter filling: for tests; see ``Arena``.
  /// - Throws: ``TrainingError`` for kernels that the processor cannot run.
  init(program: Program, threads: Int, kernels name: String? = nil, filling: UInt32? = nil) throws {
    self.program = program
    self.threads = max(1, threads)
    let name = name ?? availableKernels.last ?? "baseline"
    guard let kernels = rk_kernels_named(name) else {
      throw TrainingError(
        .invalidModel,
        "this processor cannot run the kernels \"\(name)\", only \(availableKernels.joined(separator: ", "))")
    }
    self.kernels = kernels.pointee
    packed = .allocate(capacity: max(1, program.packedCount))
    arenas = (0..<self.threads).map { _ in Arena(filling: filling) }
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

  /// Runs `body` over all blocks, and adds up the gradients where there is a buffer for them.
  func run(
    _ blocks: [Block], parameters: UnsafePointer<Float>, gradients: UnsafeMutablePointer<Float>?,
    _ body: (Pass) -> Void
  ) {
    pack(parameters, forTheWayBack: gradients != nil)
    let plan = divide(blocks)
    if gradients != nil { reserve(shares: plan.count) }
    let count = program.parameterCount
    let wantsGradients = gradients != nil
    withoutActuallyEscaping(body) { body in
      let work = Work(body: body)
      let shares = self.shares.map { SharedPointer(pointer: $0) }
      let next = Atomic(0)
      let arenas = self.arenas
      inParallel(threads) { worker in
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
    if let gradients { addShares(plan.count, into: gradients) }
  }

  /// The context of a pass: everything that the operations need.
  func context(
    _ pass: Pass, batch: BatchView, parameters: UnsafePointer<Float>, states: [Int: StateView] = [:],
    dropoutSeed: UInt64? = nil
  ) -> BlockContext {
    BlockContext(
      kernels: kernels, arena: pass.arena, batch: batch, block: pass.block, packed: packed, parameters: parameters,
      gradients: pass.gradients, initialStates: states, dropoutSeed: dropoutSeed,
      wantsInputGradient: batch.inputGradient != nil, operationCount: program.operations.count)
  }

  /// Blocks by share: longest first to the least loaded share. A function of the blocks alone.
  private func divide(_ blocks: [Block]) -> [[Int]] {
    let bytes = max(1, program.parameterCount * MemoryLayout<Float>.stride)
    let count = min(blocks.count, max(2, min(16, (64 << 20) / bytes)))
    var plan = [[Int]](repeating: [], count: count)
    var load = [Int](repeating: 0, count: count)
    for (index, block) in blocks.enumerated() {
      guard let share = load.indices.min(by: { (load[$0], $0) < (load[$1], $1) }) else { break }
      plan[share].append(index)
      load[share] += block.timesteps + 1
    }
    return plan
  }

  private func reserve(shares count: Int) {
    guard count > shareCapacity else { return }
    shares?.deallocate()
    shares = .allocate(capacity: count * max(1, program.parameterCount))
    shareCapacity = count
  }

  private func addShares(_ count: Int, into gradients: UnsafeMutablePointer<Float>) {
    let total = program.parameterCount
    guard let shares, count > 0 else {
      gradients.update(repeating: 0, count: total)
      return
    }
    let (source, target) = (SharedPointer(pointer: shares), SharedPointer(pointer: gradients))
    inParallel(over: total, threads: threads, work: total * count) { range in
      // A piece at a time stays in the cache while the shares are added to it.
      for first in stride(from: range.lowerBound, to: range.upperBound, by: 2048) {
        let length = min(2048, range.upperBound - first)
        let sum = target.pointer + first
        sum.update(from: source.pointer + first, count: length)
        for share in 1..<count {
          let part = source.pointer + share * total + first
          for i in 0..<length { sum[i] += part[i] }
        }
      }
    }
  }

  /// Brings all weights into the order in which the kernels read them.
  private func pack(_ parameters: UnsafePointer<Float>, forTheWayBack: Bool) {
    let tasks = program.operations.flatMap { $0.packing(forTheWayBack: forTheWayBack) }
    let source = SharedPointer(pointer: UnsafeMutablePointer(mutating: parameters))
    let target = SharedPointer(pointer: packed)
    let next = Atomic(0)
    inParallel(program.packedCount < 1 << 16 ? 1 : threads) { _ in
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
