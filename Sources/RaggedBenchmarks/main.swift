import Foundation
import Ragged

let experiment = LaggedSum(seed: 1)
let threads = CommandLine.arguments.count > 1 ? Int(CommandLine.arguments[1])! : 2
for mixed in [false, true] {
  var random = SeededRandom(seed: 5)
  let lengths = (0..<1000).map { _ in mixed ? 10 + random.below(90) : 55 }
  let batch = experiment.batch(lengths: lengths)
  let model = try Sequential(
    input: .features(5),
    layers: [
      LSTM(32, returnSequences: true), LSTM(8, returnSequences: true), TimeDistributed(Dense(2, activation: .sigmoid)),
    ])
  let trainer = try Trainer(model: model, loss: .categoricalCrossentropy, threads: threads)
  for _ in 0..<3 { try trainer.trainStep(batch) }
  var times: [Double] = []
  for _ in 0..<20 {
    let start = DispatchTime.now().uptimeNanoseconds
    try trainer.trainStep(batch)
    times.append(Double(DispatchTime.now().uptimeNanoseconds - start) * 1e-6)
  }
  times.sort()
  let t0 = DispatchTime.now().uptimeNanoseconds
  let flops = peakOperations(kernels: trainer.kernels, repeats: 20_000_000)!
  let peak = flops / Double(DispatchTime.now().uptimeNanoseconds - t0)
  print(
    mixed, trainer.kernels, "median", times[10], "ms min", times[0], "steps/s M",
    Double(batch.timesteps) / times[10] / 1000, "peak/thread", peak, "share",
    36192 * Double(batch.timesteps) / (times[10] * 1e6) / (peak * Double(threads)))
}
