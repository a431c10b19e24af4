# a GAN on a ring of points, trained batch by batch
import keras
import numpy as np
from keras import layers

keras.utils.set_random_seed(1)
LATENT = 4
STEPS = 30
BATCH = 32

rng = np.random.default_rng(1)


def real_points(n):
    angle = rng.uniform(0, 2 * np.pi, n)
    return np.stack([np.cos(angle), np.sin(angle)], axis=1).astype("float32")


generator = keras.Sequential([keras.Input((LATENT,)), layers.Dense(16, activation="relu"), layers.Dense(2)])
discriminator = keras.Sequential(
    [keras.Input((2,)), layers.Dense(16, activation="relu"), layers.Dense(1, activation="sigmoid")]
)
discriminator.compile(optimizer=keras.optimizers.Adam(1e-3), loss="binary_crossentropy")

discriminator.trainable = False
gan = keras.Sequential([generator, discriminator])
gan.compile(optimizer=keras.optimizers.Adam(2e-3), loss="binary_crossentropy")

d_losses = []
for step in range(STEPS):
    noise = rng.normal(size=(BATCH, LATENT)).astype("float32")
    fake = np.asarray(generator.predict_on_batch(noise))
    points = np.concatenate([real_points(BATCH), fake])
    labels = np.concatenate([np.ones((BATCH, 1)), np.zeros((BATCH, 1))]).astype("float32")
    d_loss = discriminator.train_on_batch(points, labels)
    g_loss = gan.train_on_batch(noise, np.ones((BATCH, 1), dtype="float32"))
    d_losses.append(float(d_loss))
    if step % 10 == 0:
        print(f"step {step}: d_loss={float(d_loss):.4f} g_loss={float(g_loss):.4f}")
print("mean discriminator loss", round(float(np.mean(d_losses)), 4))
