import CRaggedKernels
import Dispatch
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
  /// - Throws: ``TrainingError`` for kernels that the processor cannot run.
  init(program: Program, threads: Int, kernels name: String? = nil) throws {
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
    arenas = (0..<self.threads).map { _ in Arena() }
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
    for operation in program.operations { operation.pack(parameters, into: packed, kernels) }
    let plan = divide(blocks)
    if gradients != nil { reserve(shares: plan.count) }
    let count = program.parameterCount
    let wantsGradients = gradients != nil
    withoutActuallyEscaping(body) { body in
      let work = Work(body: body)
      let shares = SharedPointer(pointer: self.shares)
      let next = Atomic(0)
      let arenas = self.arenas
      parallel { worker in
        while true {
          let share = next.add(1, ordering: .relaxed).oldValue
          guard share < plan.count else { return }
          let target = wantsGradients ? shares.pointer.map { $0 + share * count } : nil
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
    let source = SharedPointer(pointer: shares)
    let target = SharedPointer(pointer: gradients)
    let parts = total * count < 1 << 16 ? 1 : threads
    parallel(parts) { part in
      guard let source = source.pointer, let target = target.pointer else { return }
      for i in total * part / parts..<total * (part + 1) / parts {
        var sum: Float = 0
        for share in 0..<count { sum += source[share * total + i] }
        target[i] = sum
      }
    }
  }

  private func parallel(_ count: Int? = nil, _ body: @Sendable (Int) -> Void) {
    let count = count ?? threads
    if count == 1 { body(0) } else { DispatchQueue.concurrentPerform(iterations: count, execute: body) }
  }
}

/// A pointer that several threads use.
///
/// `@unchecked Sendable`: each thread touches a part of its own, and the owner waits for all of them.
private struct SharedPointer: @unchecked Sendable {
  var pointer: UnsafeMutablePointer<Float>?
}

/// The body of a call.
///
/// `@unchecked Sendable`: it is called for different blocks at a time, and writes to places of its block alone.
private struct Work: @unchecked Sendable {
  var body: (Engine.Pass) -> Void
}
