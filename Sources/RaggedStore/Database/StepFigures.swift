import RaggedCore

/// Figures over the valid timesteps of a set of sequences: features, and classes where there is one a timestep.
struct StepFigures {
  var features: FeatureAccumulator
  /// Timesteps of each class; grows as classes come.
  var classCounts: [Int] = []
  private var aligned: [Float] = []

  init(shape: BlobShape) {
    features = FeatureAccumulator(featureCount: shape.featureCount)
  }

  /// Adds one sequence whose blobs have been checked against its length. O(T F).
  /// - Parameter classCount: the classes that there are by now.
  mutating func add(_ blobs: SequenceBlobs, shape: BlobShape, classCount: Int) throws {
    let validity = UnsafeBufferPointer(
      start: blobs.validity?.baseAddress?.assumingMemoryBound(to: UInt8.self), count: blobs.validity?.count ?? 0)
    if shape.featureCount > 0, let base = blobs.input.baseAddress {
      let count = blobs.input.count / 4
      if Int(bitPattern: base) % MemoryLayout<Float>.alignment == 0 {
        features.add(
          UnsafeBufferPointer(start: base.assumingMemoryBound(to: Float.self), count: count), validity: validity)
      } else {
        // SQLite hands out blobs where they lie in a page.
        if aligned.count < count { aligned = Array(repeating: 0, count: count) }
        aligned.withUnsafeMutableBytes { $0.copyMemory(from: blobs.input) }
        aligned.withUnsafeBufferPointer {
          features.add(UnsafeBufferPointer(rebasing: $0[..<count]), validity: validity)
        }
      }
    }
    guard case .classPerTimestep = shape.target else { return }
    for t in 0..<blobs.target.count / 4 where validity.isEmpty || validity[t] != 0 {
      let index = Int(blobs.target.loadUnaligned(fromByteOffset: 4 * t, as: Int32.self))
      guard index >= 0, index < classCount else {
        throw StoreError(.damaged, "a timestep's class is \(index), expected 0 to \(classCount - 1)")
      }
      if index >= classCounts.count {
        classCounts.append(contentsOf: repeatElement(0, count: classCount - classCounts.count))
      }
      classCounts[index] += 1
    }
  }
}
